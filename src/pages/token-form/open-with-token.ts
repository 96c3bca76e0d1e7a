/// <reference lib="dom" />
/** What the page's other scripts have as well. */
export interface PageParts {
  readonly load: () => void;
  readonly tokenIn: (fragment: string) => string | undefined;
  /** Under which the token is kept. */
  readonly name: string;
}

/** Not in TypeScript's types: https://www.w3.org/TR/trusted-types/ */
interface TrustedTypes {
  readonly trustedTypes?: {
    readonly createPolicy: (
      name: string,
      rules: { readonly createHTML: (text: string) => string },
    ) => { readonly createHTML: (text: string) => string };
  };
}

/**
 * Fetches the page with the token in the address, in the tab's storage or typed in, and puts it in the place of the form. A
 * browser cannot open an address with a header, so this is how it gets a page that needs one. It runs in the browser as its own
 * source text, so it refers to nothing else.
 */
export function openWithToken({ load, tokenIn, name }: PageParts): void {
  const form = document.forms[0];
  const input = document.querySelector('input');
  if (!form || !input) return;
  const inAddress = tokenIn(location.hash);
  let stored: string | null = null;
  try {
    stored = sessionStorage.getItem(name);
  } catch {
    // the browser forbids it
  }
  // It is not to be seen in the address, nor kept in the history.
  if (inAddress !== undefined) history.replaceState(null, '', location.pathname + location.search);
  const policy = (window as TrustedTypes).trustedTypes?.createPolicy('markup', {
    createHTML(text) {
      return text;
    },
  });
  form.hidden = false;
  form.onsubmit = async (event) => {
    event.preventDefault();
    const token = input.value.trim();
    for (const note of document.querySelectorAll<HTMLElement>('[data-status]')) note.hidden = true;
    let status = '';
    let text = '';
    try {
      const response = await fetch(location.pathname + location.search, {
        headers: { accept: 'text/html', authorization: `Bearer ${token}` },
      });
      text = await response.text();
      status = String(response.status);
    } catch {
      // no connection, or nothing that can be sent as a header
    }
    if (!form.isConnected) return; // it was sent twice
    if (status !== '200') {
      try {
        if (status === '401') sessionStorage.removeItem(name);
      } catch {
        // the browser forbids it
      }
      const shown =
        document.querySelector<HTMLElement>(`[data-status="${status}"]`) ??
        document.querySelector<HTMLElement>('[data-status=other]');
      if (shown) shown.hidden = false;
      return;
    }
    // This page's policy knows no other style sheet than its own, but a script may add one.
    const [head = '', styled = ''] = text.split('<style>', 2);
    const [style = '', body = ''] = styled.split('</style>', 2);
    const markup = head + body;
    const page = new DOMParser().parseFromString(policy ? policy.createHTML(markup) : markup, 'text/html');
    const root = document.documentElement;
    root.lang = page.documentElement.lang;
    root.dataset['page'] = page.documentElement.dataset['page'] ?? '';
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    document.adoptedStyleSheets = [sheet];
    for (const own of document.querySelectorAll('style, link[rel=icon]')) own.remove();
    document.head.append(...page.querySelectorAll('meta[name=color-scheme], link[rel=icon]'));
    document.title = page.title;
    document.body.replaceChildren(...page.body.childNodes);
    try {
      sessionStorage.setItem(name, token);
    } catch {
      // The page's script takes it from here.
      history.replaceState(null, '', `${location.pathname}${location.search}#token=${token}`);
    }
    load();
  };
  addEventListener('hashchange', (event) => {
    if (tokenIn(new URL(event.newURL).hash) !== undefined && form.isConnected) location.reload();
  });
  input.value = inAddress ?? stored ?? '';
  if (input.value !== '') form.requestSubmit();
}
