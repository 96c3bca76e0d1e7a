/// <reference lib="dom" />
import type { Api, Chat, ChatRequest } from './chat';
import type { ScriptTexts } from './texts';

/** The parts of the page's script; see script.ts. */
export interface ScriptParts {
  readonly createSseParser: (onData: (data: string) => void) => (chunk: string) => void;
  readonly chatRequest: (api: Api, chat: Chat) => ChatRequest;
  readonly readChatEvent: (data: string) => { readonly text: string; readonly error: string | undefined };
  readonly startCopying: (page: Page) => void;
  readonly startChat: (page: Page, parts: ScriptParts) => void;
}

/** The page's data and access to its elements. */
export interface Page {
  /** The address this page was really loaded from, as a client's base URL. */
  readonly baseUrl: string;
  readonly texts: ScriptTexts;
  /** The element with this id. */
  readonly element: (id: string) => HTMLElement;
}

/** The content of `<body data-page>`. */
export interface PageData {
  readonly texts: ScriptTexts;
  /** The provider's segment at the end of the page's path (`/openai`), which is not part of a base URL; usually ''. */
  readonly segment: string;
}

/*
 * The functions below run in the browser, as their own source text (see script.ts): each refers only to the browser's
 * globals, and receives everything else as parameters.
 */

export function startPage(parts: ScriptParts): void {
  const { texts, segment } = JSON.parse(document.body.dataset['page'] ?? '') as PageData;
  // The server does not know a gateway's host and prefix, nor, for the page, an access token in the path.
  let path = location.pathname;
  while (path.endsWith('/')) path = path.slice(0, -1);
  const prefix = segment !== '' && path.endsWith(segment) ? path.slice(0, -segment.length) : path;
  const page: Page = {
    baseUrl: location.origin + prefix,
    texts,
    element(id) {
      const found = document.getElementById(id);
      if (!found) throw new Error(`The page has no #${id}.`);
      return found;
    },
  };
  for (const element of document.querySelectorAll('[data-base]')) element.textContent = page.baseUrl;
  document.documentElement.classList.add('js');
  parts.startCopying(page);
  parts.startChat(page, parts);
}

export function startCopying({ baseUrl, texts, element }: Page): void {
  async function copy(text: string): Promise<boolean> {
    const { clipboard } = navigator as Partial<Navigator>; // missing outside https and localhost
    try {
      if (clipboard) {
        await clipboard.writeText(text);
        return true;
      }
    } catch {
      // denied: execCommand may still work
    }
    const area = document.createElement('textarea');
    area.value = text;
    area.readOnly = true;
    area.className = 'unseen';
    document.body.append(area);
    area.select();
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- there is no other way without a secure context
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }

  const announcement = element('announcement');
  let timer = 0;
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-copy]')) {
    button.addEventListener('click', () => {
      const path = button.dataset['copy'] ?? '';
      const code = button.parentElement?.querySelector('code')?.textContent ?? '';
      const text = path === '' ? code : baseUrl + path;
      void copy(text).then((done) => {
        announcement.textContent = done
          ? texts.copied.replace('{value}', () => text.replace(/\n[^]*/, ' …'))
          : texts.copyFailed;
        button.focus();
        for (const other of document.querySelectorAll('.done')) other.classList.remove('done');
        button.classList.toggle('done', done);
        clearTimeout(timer);
        timer = window.setTimeout(() => {
          announcement.textContent = '';
          button.classList.remove('done');
        }, 4_000);
      });
    });
  }
}

export function startChat({ baseUrl, texts, element }: Page, parts: ScriptParts): void {
  const form = element('chat');
  const reply = element('reply');
  const status = element('status');
  const failure = element('failure');
  const key = element('key') as HTMLInputElement;
  const api = element('api') as HTMLSelectElement;
  const model = element('model') as HTMLInputElement;
  const message = element('message') as HTMLTextAreaElement;
  const send = element('send') as HTMLButtonElement;
  const stop = element('stop') as HTMLButtonElement;
  const chosenModel = () => api.selectedOptions[0]?.dataset['model'] ?? '';
  let running: AbortController | undefined;

  /** Sends one request and shows the reply as it arrives. Resolves with the text for the status line. */
  async function chat(signal: AbortSignal): Promise<string> {
    const startedAt = performance.now();
    const seconds = (at: number) => ((at - startedAt) / 1_000).toFixed(2);
    const inTotal = (text: string) => text.replace('{total}', seconds(performance.now()));
    const request = parts.chatRequest(api.value as Api, {
      key: key.value.trim(),
      model: model.value.trim(),
      message: message.value,
    });
    let firstAt: number | undefined;
    try {
      const response = await fetch(baseUrl + request.path, {
        method: 'POST',
        headers: request.headers,
        body: request.body,
        credentials: 'omit',
        cache: 'no-store',
        signal,
      });
      if (!response.ok || !response.body) {
        const body = await response.text();
        const details = ['x-proxy-error', 'x-proxy-remedy', 'retry-after'].flatMap((name) => {
          const value = response.headers.get(name);
          return value === null ? [] : [`${name}: ${value}`];
        });
        const error = parts.readChatEvent(body).error ?? body.slice(0, 500).trim();
        failure.textContent = `${[`HTTP ${response.status}`, ...details].join(' · ')}\n${error}`;
        return '';
      }
      const parse = parts.createSseParser((data) => {
        const { text, error } = parts.readChatEvent(data);
        if (error !== undefined) failure.textContent = error;
        if (text === '') return;
        firstAt ??= performance.now();
        status.textContent = texts.streaming;
        reply.append(text);
      });
      const decoder = new TextDecoder();
      const reader = response.body.getReader();
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        parse(decoder.decode(read.value, { stream: true }));
      }
      if (firstAt === undefined) return failure.textContent === '' ? inTotal(texts.noText) : '';
      return inTotal(texts.timing.replace('{first}', seconds(firstAt)));
    } catch (error) {
      if (signal.aborted) return inTotal(texts.stopped);
      failure.textContent = `${texts.noConnection}\n${String(error)}`;
      return '';
    }
  }

  function setRunning(controller: AbortController | undefined): void {
    const focused = document.activeElement;
    running = controller;
    send.disabled = running !== undefined;
    stop.disabled = running === undefined;
    reply.setAttribute('aria-busy', String(send.disabled)); // so that screen readers read the reply once, not word by word
    if (focused === send && send.disabled) stop.focus();
    if (focused === stop && stop.disabled) send.focus();
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (running) return;
    reply.textContent = '';
    failure.textContent = '';
    status.textContent = texts.waiting;
    const controller = new AbortController();
    setRunning(controller);
    void chat(controller.signal).then((statusText) => {
      status.textContent = statusText;
      setRunning(undefined);
    });
  });
  stop.addEventListener('click', () => running?.abort());
  api.addEventListener('change', () => (model.value = chosenModel()));
  model.value = chosenModel();
}
