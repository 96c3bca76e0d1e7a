import { useRef, useState } from 'preact/hooks';
import { APIS, type Api } from '../../index-page/chat';
import { ApiError, fetchJson } from '../parts/api';
import { Card, ErrorBox } from '../parts/boxes';
import { useUi, type Ui } from '../parts/ui';
import { fill } from '../texts/texts';
import { nanoUsdOf, type Me } from './own-use';
import { runChat, type ChatResult } from './run-chat';

interface ChatCardProps {
  /** The holder's; `undefined` if a key has to be entered. */
  readonly token: string | undefined;
  /** Names to choose from; any other can be entered. */
  readonly models: readonly string[];
}

type Result = ChatResult & { readonly nanoUsd?: number | null };

export function ChatCard({ token, models }: ChatCardProps) {
  const ui = useUi();
  const { texts, access } = ui;
  const { chat } = texts;
  const [key, setKey] = useState('');
  const [api, setApi] = useState<Api>('openai');
  const [model, setModel] = useState<string>(APIS.openai.model);
  const [message, setMessage] = useState(chat.sample);
  const [status, setStatus] = useState('');
  const [error, setError] = useState<ApiError>();
  const [result, setResult] = useState<Result>();
  const [running, setRunning] = useState<AbortController>();
  const reply = useRef<HTMLDivElement>(null);
  const stop = useRef<HTMLButtonElement>(null);
  const send = useRef<HTMLButtonElement>(null);

  const run = async (controller: AbortController) => {
    const box = reply.current;
    if (!box) return;
    box.textContent = '';
    // Before the chat, or a short one would be counted in it already.
    const before = token === undefined ? null : await spent(ui);
    const startedAt = performance.now();
    try {
      const done = await runChat({
        base: access.base,
        api,
        chat: { key: token ?? key.trim(), model: model.trim(), message },
        signal: controller.signal,
        onText(piece) {
          setStatus(chat.streaming);
          box.append(piece);
        },
      });
      const total = ui.format.duration(Math.round(done.totalMs));
      setStatus(done.firstMs === undefined && done.error === undefined ? fill(chat.noText, { total }) : '');
      if (done.error !== undefined) setError(new ApiError(200, '', '', done.error));
      setResult(done);
      if (before !== null) setResult({ ...done, nanoUsd: await spentSince(before, ui) });
    } catch (failure) {
      const total = ui.format.duration(Math.round(performance.now() - startedAt));
      setStatus(controller.signal.aborted ? fill(chat.stopped, { total }) : '');
      if (!controller.signal.aborted)
        setError(failure instanceof ApiError ? failure : new ApiError(0, '', '', String(failure)));
    }
  };
  const start = () => {
    if (running) return;
    const controller = new AbortController();
    setError(undefined);
    setResult(undefined);
    setStatus(chat.waiting);
    setRunning(controller);
    if (document.activeElement === send.current) setTimeout(() => stop.current?.focus());
    void run(controller).finally(() => {
      if (document.activeElement === stop.current) setTimeout(() => send.current?.focus());
      setRunning(undefined);
    });
  };

  return (
    <Card title={chat.heading} id="try" hint={chat.hint}>
      <form
        class="chat"
        autocomplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        {token === undefined && (
          <div class="wide">
            <label for="key">{chat.key}</label>
            <input
              id="key"
              type="password"
              autocomplete="off"
              spellcheck={false}
              aria-describedby="key-hint"
              value={key}
              onInput={(event) => {
                setKey(event.currentTarget.value);
              }}
            />
            <p class="soft small" id="key-hint">
              {chat.keyHint}
            </p>
          </div>
        )}
        <div>
          <label for="api">{chat.api}</label>
          <select
            id="api"
            value={api}
            onChange={(event) => {
              const chosen = event.currentTarget.value as Api;
              setApi(chosen);
              setModel(APIS[chosen].model);
            }}
          >
            {Object.entries(APIS).map(([name, { title, path }]) => (
              <option key={name} value={name}>
                {title} · {path}
              </option>
            ))}
          </select>
        </div>
        <div>
          <label for="model">{chat.model}</label>
          <input
            id="model"
            list="model-names"
            required
            autocomplete="off"
            spellcheck={false}
            value={model}
            onInput={(event) => {
              setModel(event.currentTarget.value);
            }}
          />
          <datalist id="model-names">
            {models.slice(0, 500).map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </div>
        <div class="wide">
          <label for="message">{chat.message}</label>
          <textarea
            id="message"
            required
            rows={3}
            value={message}
            onInput={(event) => {
              setMessage(event.currentTarget.value);
            }}
          />
        </div>
        <div class="wide row">
          <button class="main" id="send" ref={send} disabled={running !== undefined}>
            {chat.send}
          </button>
          <button
            type="button"
            id="stop"
            ref={stop}
            disabled={running === undefined}
            onClick={() => {
              running?.abort();
            }}
          >
            {chat.stop}
          </button>
          <span class="soft" id="status" role="status">
            {status}
          </span>
        </div>
      </form>
      <h3 id="reply-title">{chat.reply}</h3>
      <div id="failure">{error && <ErrorBox error={error} />}</div>
      <div
        id="reply"
        ref={reply}
        role="region"
        aria-labelledby="reply-title"
        aria-live="polite"
        aria-busy={running !== undefined} // so that it is read once, not word by word
      />
      <Figures result={result} hasPrice={token !== undefined} />
    </Card>
  );
}

function Figures({ result, hasPrice }: { readonly result: Result | undefined; readonly hasPrice: boolean }) {
  const { texts, format } = useUi();
  const { chat } = texts;
  const duration = (ms: number | undefined) => format.duration(ms === undefined ? null : Math.round(ms));
  const tokens =
    result?.inputTokens === undefined && result?.outputTokens === undefined
      ? format.number(null)
      : fill(chat.tokensInOut, {
          in: format.number(result.inputTokens ?? null),
          out: format.number(result.outputTokens ?? null),
        });
  const figures: readonly (readonly [string, string, string])[] = [
    ['first', chat.firstToken, duration(result?.firstMs)],
    ['total', chat.total, duration(result?.totalMs)],
    ['tokens', chat.tokens, tokens],
    ...(hasPrice
      ? [
          [
            'price',
            chat.price,
            result?.nanoUsd === null ? chat.priceUnknown : format.money(result?.nanoUsd ?? null),
          ] as const,
        ]
      : []),
  ];
  return (
    <dl class="facts" id="figures">
      {figures.map(([name, title, value]) => (
        <div key={name}>
          <dt>{title}</dt>
          <dd data-figure={name}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const SPENT_TRIES = 10;
const SPENT_PAUSE_MS = 300;

/** What has been spent since; the proxy enters a request shortly after its end. `null` if nothing has. */
async function spentSince(before: number, ui: Ui): Promise<number | null> {
  for (let attempt = 0; attempt < SPENT_TRIES; attempt++) {
    const after = await spent(ui);
    if (after !== null && after > before) return after - before;
    await new Promise((resolve) => setTimeout(resolve, SPENT_PAUSE_MS));
  }
  return null;
}

/** What the token has spent today; `null` if that is not known. */
async function spent({ access }: Ui): Promise<number | null> {
  try {
    return nanoUsdOf((await fetchJson<Me>(access, '/-/me')).today.usd);
  } catch {
    return null;
  }
}
