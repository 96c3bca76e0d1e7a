/// <reference lib="dom" />
import { render } from 'preact';
import type { PageData } from '../index-page/loader';
import { tokenInFragment } from '../token-form/stored-token';
import { App } from './app';
import { storeToken } from './session';

const root = document.documentElement;
const page = JSON.parse(root.dataset['page'] ?? '') as PageData;
const base = root.dataset['base'] ?? '';

/** A token in the address is kept elsewhere at once, so that it is neither in the history nor seen by others. */
function takeToken(): boolean {
  const token = tokenInFragment(location.hash);
  if (token === undefined) return false;
  storeToken(token);
  history.replaceState(null, '', location.pathname + location.search);
  return true;
}

takeToken();
addEventListener('hashchange', () => {
  if (takeToken()) location.reload();
});

function start(): void {
  const app = document.getElementById('app');
  if (app) render(<App page={page} base={base} />, app);
  document.getElementById('static')?.remove();
}

// From the browser's cache the script may run before the body has been parsed.
if (document.readyState === 'loading') addEventListener('DOMContentLoaded', start, { once: true });
else start();
