/** Light, dark, or as the system has it. */
import { html, signal } from "../core/view.js";

const PLACE = "imgdiff-theme";
const NEXT = { system: "light", light: "dark", dark: "system" };
const SIGNS = { system: "◐", light: "☀", dark: "☾" };
const theme = signal(document.documentElement.dataset.theme ?? "system");

/** A button that goes through the three. */
export function ThemeSwitch() {
  const label = `Theme: ${theme.value}. Change to ${NEXT[theme.value]}`;
  return html`<button class="quiet icon" title=${label} aria-label=${label} onClick=${change}>
    <span aria-hidden="true">${SIGNS[theme.value]}</span>
  </button>`;
}

function change() {
  theme.value = NEXT[theme.value];
  if (theme.value === "system") {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem(PLACE);
  } else {
    document.documentElement.dataset.theme = theme.value;
    localStorage.setItem(PLACE, theme.value);
  }
}
