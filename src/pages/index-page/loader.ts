/// <reference lib="dom" />

/** The content of `<html data-page>`. */
export interface PageData {
  /** The path of the script below that of the page. */
  readonly script: string;
  /** As in the attribute `integrity`. */
  readonly integrity: string;
  /** The provider's segment at the end of the page's path (`/openai`), which is not part of a base URL; usually ''. */
  readonly segment: string;
  /** The names of the providers, each with the address `<base>/<name>/v1`. */
  readonly providers: readonly string[];
  readonly version: string;
  /** Whether clients need an access token. */
  readonly needsToken: boolean;
  /** Whether the page's own path has a valid token, which the pages below it then have as well. */
  readonly hasPathToken: boolean;
  /** Whether there is a token that shows more of the page. */
  readonly hasSignIn: boolean;
}

/** Not in TypeScript's types: https://www.w3.org/TR/trusted-types/ */
interface TrustedTypes {
  readonly trustedTypes?: {
    readonly createPolicy: (
      name: string,
      rules: { readonly createScriptURL: (url: string) => string },
    ) => { readonly createScriptURL: (url: string) => string };
  };
}

/**
 * Loads the script of the page. It runs in the browser as its own source text, so it refers to nothing else. If the script
 * does not load, the page stays as it is without JavaScript.
 */
export function loadScript(): void {
  const root = document.documentElement;
  const page = JSON.parse(root.dataset['page'] ?? '') as PageData;
  // The server does not know a gateway's host and prefix, nor, for the page, an access token in the path.
  let path = location.pathname;
  while (path.endsWith('/')) path = path.slice(0, -1);
  if (page.segment !== '' && path.endsWith(page.segment)) path = path.slice(0, -page.segment.length);
  root.dataset['base'] = path;
  const script = document.createElement('script');
  const url = path + page.script;
  const policy = (window as TrustedTypes).trustedTypes?.createPolicy('page', {
    createScriptURL(text) {
      return text;
    },
  });
  script.src = policy ? policy.createScriptURL(url) : url;
  script.integrity = page.integrity;
  const addresses = {
    show() {
      for (const element of document.querySelectorAll('[data-base]'))
        if (element !== root) element.textContent = location.origin + path;
    },
  };
  script.onerror = () => {
    root.classList.remove('js');
    // A browser that blocks the script may say so before the body has been parsed.
    if (document.readyState === 'loading')
      addEventListener('DOMContentLoaded', () => {
        addresses.show();
      });
    else addresses.show();
  };
  root.classList.add('js');
  document.head.append(script);
}

/** With `keepNames`, as `npm run dev` has it, esbuild inserts calls of a helper around named functions: there is none inside. */
export const LOADER = `'use strict';(${loadScript.toString()})();`;
