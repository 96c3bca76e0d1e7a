import type { Entry, Fields } from './entry';
import { remedyFor } from './remedies';

/** Members that are not part of the line's own text, or that every line has. */
const LEFT_OUT = new Set(['level', 'time', 'msg', 'commit', 'cause']);

/** An entry as one short line, and for an error a second one with what to do. */
export function renderLine(entry: Entry): string {
  if (entry.kind === 'text') return entry.text; // as it is: nothing is known of it
  const time = timeOf(entry.timeMs);
  const remedy = remedyFor(entry);
  const line = `${time}  ${bodyOf(entry)}`;
  return remedy === undefined ? line : `${line}\n${' '.repeat(time.length + 2)}→ ${remedy}`;
}

/** An entry as a JSON object on one line: what the proxy has written, unchanged. */
export function renderJson(entry: Entry): string {
  if (entry.kind === 'request' || entry.kind === 'event') return JSON.stringify(entry.fields);
  const time = entry.timeMs === undefined ? {} : { time: new Date(entry.timeMs).toISOString() };
  const status =
    entry.kind === 'platform' && entry.statusCode !== undefined ? { status: entry.statusCode } : {};
  return JSON.stringify({ ...time, ...status, msg: entry.text, from: entry.kind });
}

function bodyOf(entry: Exclude<Entry, { kind: 'text' }>): string {
  switch (entry.kind) {
    case 'platform':
      return `SCF${entry.statusCode === undefined ? '' : ` ${entry.statusCode}`}  ${entry.text.trim()}`;
    case 'event':
      return eventLine(entry.fields);
    case 'request':
      return requestLine(entry.fields);
  }
}

function requestLine(fields: Fields): string {
  const { status, method, path, provider, token, key, outcome } = fields;
  const parts = [
    String(status),
    `${textOf(method)} ${textOf(path)}`,
    textOf(provider),
    ...(token === undefined ? [] : [textOf(token)]),
    ...(key === undefined ? [] : [`key ${textOf(key)}`]),
    durations(fields),
    sizeOf(Number(fields['bytes'])),
    ...(Number(fields['attempts']) > 1 ? [`${textOf(fields['attempts'])} attempts`] : []),
    ...(outcome === 'complete' || outcome === `upstream-${textOf(status)}` ? [] : [textOf(outcome)]),
    ...(fields['upstream_error'] === undefined ? [] : [textOf(fields['upstream_error'])]),
    ...(fields['sister'] === undefined ? [] : [`sister ${textOf(fields['sister'])}`]),
    ...(fields['cause'] === undefined ? [] : [`(${textOf(fields['cause']).split('\n')[0] ?? ''})`]),
  ];
  return parts.filter((part) => part !== '').join('  ');
}

function eventLine(fields: Fields): string {
  const { level, msg, cause } = fields;
  const members = Object.entries(fields)
    .filter(([name, value]) => !LEFT_OUT.has(name) && value !== null)
    .map(([name, value]) => `${name} ${textOf(value)}`);
  const text = [textOf(msg), ...members].join('  ');
  const reason = cause === undefined ? '' : `  (${textOf(cause)})`;
  return `${level === 'info' ? '' : `${textOf(level).toUpperCase()}  `}${text}${reason}`;
}

/** Until the first byte, and in all. */
function durations({ first_byte_ms: firstByteMs, ms }: Fields): string {
  const whole = seconds(ms);
  return typeof firstByteMs === 'number' && firstByteMs !== ms ? `${seconds(firstByteMs)} / ${whole}` : whole;
}

function seconds(ms: unknown): string {
  return typeof ms === 'number' ? `${(ms / 1_000).toFixed(ms < 100 ? 3 : 1)} s` : '';
}

function sizeOf(bytes: number): string {
  if (!(bytes >= 0)) return '';
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** In the time zone of this machine; the same width if it is not known. */
function timeOf(ms: number | undefined): string {
  if (ms === undefined) return ' '.repeat(19);
  const at = new Date(ms);
  const two = (number: number) => String(number).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}
