/** What components are made of: `html` templates, hooks and signals. */
import { h, render, Fragment } from "preact";
import htm from "htm";

export { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { batch, computed, effect, signal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
export { h, render, Fragment };

/** A template whose values are text: what is stored can never become markup. */
export const html = htm.bind(h);

/** Names of classes, without those that do not hold. @param {...(string|false|null|undefined)} names */
export const classes = (...names) => names.filter(Boolean).join(" ");
