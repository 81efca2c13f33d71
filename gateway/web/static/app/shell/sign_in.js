/** Asks for an API key where the server wants one. */
import { html, useEffect, useRef, useState } from "../core/view.js";
import { asked, goOn, signIn } from "../core/session.js";

/** A dialog that is open while a key is asked for. */
export function SignIn() {
  const dialog = useRef(null);
  const [typed, setTyped] = useState("");
  const open = asked.value !== null;
  useEffect(() => {
    if (open && !dialog.current.open) dialog.current.showModal();
    if (!open && dialog.current.open) dialog.current.close();
  }, [open]);
  const submit = (event) => {
    event.preventDefault();
    if (!typed.trim()) return;
    signIn(typed);
    setTyped("");
  };
  return html`<dialog ref=${dialog} class="sign-in" aria-labelledby="sign-in-title" onCancel=${goOn}>
    <form onSubmit=${submit}>
      <h2 id="sign-in-title">This server needs a key</h2>
      ${asked.value ? html`<p class="failure" role="alert">${asked.value}</p>` : null}
      <label for="key">API key</label>
      <input
        id="key" type="password" autocomplete="off" spellcheck="false" placeholder="imgdiff_…"
        value=${typed} onInput=${(event) => setTyped(event.target.value)}
      />
      <p class="hint">
        It stays in this browser tab and is forgotten when the tab is closed. Whoever runs the server makes keys with
        <code> imgdiff keys create</code>.
      </p>
      <div class="row">
        <button class="primary" type="submit">Sign in</button>
        <button type="button" onClick=${goOn}>Not now</button>
      </div>
    </form>
  </dialog>`;
}
