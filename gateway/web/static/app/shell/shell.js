/** What is around every page: the menu, the theme, the key, the notes. */
import { classes, html, useEffect, useState } from "../core/view.js";
import { Notes } from "../core/notes.js";
import { Failure, Waiting } from "../core/loading.js";
import { place, to } from "../core/router.js";
import { key, signOut } from "../core/session.js";
import { PAGES } from "./pages.js";
import { SignIn } from "./sign_in.js";
import { ThemeSwitch } from "./theme_switch.js";

/** The whole page. */
export function Shell() {
  const { page } = place.value;
  const known = PAGES[page];
  useEffect(() => {
    document.title = known ? `${known.title} · imgdiff` : "imgdiff";
    document.querySelector(".menu.here")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [known]);
  return html`
    <a class="skip" href="#main" onClick=${skip}>Skip to the content</a>
    <header class="top">
      <a class="brand" href=${to([])}><img src=${icon()} alt="" width="24" height="24" />imgdiff</a>
      <nav aria-label="Pages">
        ${Object.entries(PAGES)
          .filter(([, one]) => one.inMenu)
          .map(
            ([name, { title }]) => html`<a
              key=${name} href=${to(name ? [name] : [])}
              class=${classes("menu", name === page && "here")} aria-current=${name === page ? "page" : undefined}
              >${title}</a
            >`,
          )}
        <a class="menu" href="docs">API</a>
      </nav>
      <div class="tools">
        ${key.value && html`<button class="quiet" onClick=${signOut}>Sign out</button>`}
        <${ThemeSwitch} />
      </div>
    </header>
    <main id="main" tabindex="-1">
      ${known ? html`<${Lazy} key=${page} page=${known} />` : html`<${Unknown} />`}
    </main>
    <${Notes} />
    <${SignIn} />
  `;
}

function Lazy({ page }) {
  const [state, setState] = useState({});
  const load = () =>
    page.load().then(
      (module) => setState({ Page: module.Page }),
      (error) => setState({ error }),
    );
  useEffect(() => {
    load();
  }, [page]);
  if (state.error) return html`<${Failure} error=${state.error} again=${() => location.reload()} />`;
  return state.Page ? html`<${state.Page} />` : html`<${Waiting} />`;
}

function Unknown() {
  return html`<h1>Nothing here</h1>
    <p>This address leads nowhere. <a href=${to([])}>Compare two pictures</a> instead.</p>`;
}

function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

const icon = () => document.querySelector("link[rel=icon]").href;
