import type { ComponentChildren } from 'preact';
import { fill } from '../texts/texts';
import { remedyOf, type ApiError } from './api';
import { useUi } from './ui';
import type { Report } from './use-report';

export type Tone = 'good' | 'warn' | 'bad' | 'soft';

interface CardProps {
  readonly title: string;
  readonly id: string;
  /** Beside the title. */
  readonly aside?: ComponentChildren;
  readonly hint?: string | undefined;
  readonly className?: string;
  readonly children: ComponentChildren;
}

export function Card({ title, id, aside, hint, className, children }: CardProps) {
  return (
    <section class={`card ${className ?? ''}`} aria-labelledby={id}>
      <div class="card-head">
        <div>
          <h2 id={id}>{title}</h2>
          {hint !== undefined && <p class="soft">{hint}</p>}
        </div>
        {aside}
      </div>
      {children}
    </section>
  );
}

interface StatProps {
  readonly label: string;
  readonly value: string;
  readonly notes: readonly (string | undefined)[];
  readonly tone?: Tone | undefined;
}

/** One figure. */
export function Stat({ label, value, notes, tone }: StatProps) {
  return (
    <div class="card stat">
      <dt>{label}</dt>
      <dd class={`figure ${tone ?? ''}`}>{value}</dd>
      {notes.map((note) => note !== undefined && <dd class="soft">{note}</dd>)}
    </div>
  );
}

/** A word for a state. Its colour says nothing that the word does not. */
export function Pill({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return (
    <span class={`pill ${tone}`}>
      <span class="dot" aria-hidden="true" />
      {children}
    </span>
  );
}

interface MeterProps {
  readonly label: string;
  readonly used: number;
  readonly limit: number;
  readonly text: string;
}

/** How much of a limit is used. */
export function Meter({ label, used, limit, text }: MeterProps) {
  const share = limit > 0 ? Math.min(1, Math.max(0, used / limit)) : 1;
  return (
    <div class="limit">
      <div class="limit-text">
        <span>{label}</span>
        <span class="number">{text}</span>
      </div>
      <div class={`track ${share >= 0.9 ? 'bad' : share >= 0.7 ? 'warn' : ''}`} aria-hidden="true">
        <span style={{ width: `${String(share * 100)}%` }} />
      </div>
    </div>
  );
}

/** Whose requests figures are of. */
export function ScopeNote({ scope, since_ms }: { readonly scope: string; readonly since_ms: number | null }) {
  const { texts, format } = useUi();
  if (since_ms === null) return null;
  const text = scope === 'all' ? texts.common.allSince : texts.common.instanceSince;
  return <span class="scope">{fill(text, { time: format.moment(since_ms) })}</span>;
}

export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children !== undefined && <div class="soft">{children}</div>}
    </div>
  );
}

/** An error response, with its remedy in the reader's language. */
export function ErrorBox({ error, retry }: { readonly error: ApiError; readonly retry?: () => void }) {
  const { texts, language } = useUi();
  const { status, code, requestId, message } = error;
  const text =
    status === 0
      ? `${texts.errors.offline} ${texts.errors.offlineHint}`
      : code === 'not-found'
        ? texts.errors.missing
        : (remedyOf(code, language) ?? (message === '' ? texts.errors.failed : message));
  return (
    <div class="notice bad" role="alert">
      <p>{text}</p>
      {status !== 0 && (
        <p class="soft small">
          {[
            `HTTP ${String(status)}`,
            code,
            requestId === '' ? '' : fill(texts.common.requestId, { id: requestId }),
          ]
            .filter((part) => part !== '')
            .join(' · ')}
        </p>
      )}
      {retry && (
        <button type="button" onClick={retry}>
          {texts.common.retry}
        </button>
      )}
    </div>
  );
}

interface LoadedProps<T> {
  readonly report: Report<T>;
  /** The height of what will be there, so that nothing moves. */
  readonly lines?: number;
  readonly children: (data: T) => ComponentChildren;
}

/** A report, or that it is loading, or why it is not there. */
export function Loaded<T>({ report, lines = 4, children }: LoadedProps<T>) {
  const { texts } = useUi();
  const { data, error, reload } = report;
  if (data === undefined) {
    if (error) return <ErrorBox error={error} retry={reload} />;
    return (
      <div class="skeleton" role="status">
        <span class="unseen">{texts.common.loading}</span>
        {Array.from({ length: lines }, (_, at) => (
          <div key={at} />
        ))}
      </div>
    );
  }
  return (
    <>
      {error && (
        <p class="notice warn" role="status">
          {texts.errors.stale}
        </p>
      )}
      {children(data)}
    </>
  );
}
