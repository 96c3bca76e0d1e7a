import { SIMULATED_TEXT, type SimulatedReply } from '../../scripts/fakes/simulated-replies';
import { startFakeSockets, type Behaviour, type FakeSockets, type SeenUpgrade } from './fake-sockets';

export const LIVE_PATH = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';

export interface FakeGeminiLiveOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
  /** The keys that are accepted; by default, any. */
  readonly keys?: readonly string[];
}

/** Gemini's Live API: https://ai.google.dev/api/live */
export function startFakeGeminiLive(options: FakeGeminiLiveOptions = {}): Promise<FakeSockets> {
  const keys = options.keys && new Set(options.keys);
  return startFakeSockets(
    {
      keyIn,
      refuse(key, path) {
        // Google's own client sends two slashes, and Google takes them.
        if (path.replace(/^\/+/, '/') !== LIVE_PATH)
          return { status: 404, headers: { 'content-type': 'text/html' }, pieces: [''] };
        if (key === undefined) return UNREGISTERED;
        return keys?.has(key) === false ? INVALID_KEY : undefined;
      },
      selectProtocol: () => undefined,
      converse,
    },
    options.tls,
  );
}

/** Where Google reads a key; one in `Authorization` would be treated as an OAuth token. */
function keyIn({ url, headers }: SeenUpgrade): string | undefined {
  const header = headers['x-goog-api-key'];
  return (
    new URLSearchParams(url.replace(/^[^?]*\??/, '')).get('key') ??
    (typeof header === 'string' ? header : undefined)
  );
}

/** https://cloud.google.com/apis/design/errors */
function googleError(code: number, status: string, message: string, details: object[] = []): SimulatedReply {
  return {
    status: code,
    headers: { 'content-type': 'application/json; charset=UTF-8', server: 'ESF' },
    pieces: [JSON.stringify({ error: { code, message, status, details } }, undefined, 2)],
  };
}

export const INVALID_KEY = googleError(
  400,
  'INVALID_ARGUMENT',
  'API key not valid. Please pass a valid API key.',
  [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'API_KEY_INVALID',
      domain: 'googleapis.com',
      metadata: { service: 'generativelanguage.googleapis.com' },
    },
  ],
);
export const EXHAUSTED = googleError(
  429,
  'RESOURCE_EXHAUSTED',
  'Resource has been exhausted (e.g. check quota).',
);
const UNREGISTERED = googleError(
  403,
  'PERMISSION_DENIED',
  "Method doesn't allow unregistered clients (clients without established identity). Please use API Key or other form of API consumer identity to call this API.",
);

interface ClientMessage {
  readonly setup?: { readonly model?: string };
  readonly clientContent?: { readonly turnComplete?: boolean };
  readonly realtimeInput?: { readonly text?: string };
}

/** Google sends its JSON in binary messages. */
const converse: Behaviour = ({ socket }) => {
  let setUp = false;
  const emit = (message: object) => socket.send(Buffer.from(`${JSON.stringify(message, undefined, 2)}\n`));
  socket.on('message', (data) => {
    const message = parse((data as Buffer).toString());
    if (message === undefined || setUp === (message.setup !== undefined)) {
      socket.close(1007, 'Request contains an invalid argument.');
      return;
    }
    if (message.setup) {
      setUp = true;
      emit({ setupComplete: {} });
      return;
    }
    if (message.clientContent?.turnComplete !== true && message.realtimeInput?.text === undefined) return;
    for (const text of SIMULATED_TEXT.match(/\S+\s*/g) ?? [])
      emit({ serverContent: { modelTurn: { role: 'model', parts: [{ text }] } } });
    emit({ serverContent: { generationComplete: true } });
    emit({
      serverContent: { turnComplete: true },
      usageMetadata: { promptTokenCount: 14, responseTokenCount: 18, totalTokenCount: 32 },
    });
  });
};

function parse(text: string): ClientMessage | undefined {
  try {
    return JSON.parse(text) as ClientMessage;
  } catch {
    return undefined;
  }
}

/** What Google does with a socket whose key it finds wrong only after the upgrade. */
export const closeForItsKey: Behaviour = ({ socket }) => {
  socket.close(1007, 'API key not valid. Please pass a valid API key.');
};
