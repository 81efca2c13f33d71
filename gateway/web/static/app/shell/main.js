/** Starts the page. */
import { html, render } from "../core/view.js";
import { Shell } from "./shell.js";

render(html`<${Shell} />`, document.getElementById("app"));
