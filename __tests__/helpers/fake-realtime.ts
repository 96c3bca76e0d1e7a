import { SIMULATED_TEXT, openaiError, simulatedReply } from '../../scripts/fakes/simulated-replies';
import {
  startFakeSockets,
  type Api,
  type Behaviour,
  type FakeSockets,
  type SeenUpgrade,
} from './fake-sockets';

export const KEY_PROTOCOL = 'openai-insecure-api-key.';

export interface FakeRealtimeOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
  /** The keys that are accepted; by default, any. */
  readonly keys?: readonly string[];
}

/**
 * OpenAI's WebSockets: the Realtime API, and the Responses API over WebSocket.
 * https://platform.openai.com/docs/guides/realtime-websocket, https://platform.openai.com/docs/guides/websocket-mode
 */
export function startFakeRealtime(options: FakeRealtimeOptions = {}): Promise<FakeSockets> {
  const keys = options.keys && new Set(options.keys);
  const api: Api = {
    keyIn,
    refuse(key, path) {
      if (path !== '/v1/realtime' && path !== '/v1/responses') return openaiError(404, 'unknown_url');
      if (key === undefined || keys?.has(key) === false) return openaiError(401, 'invalid_api_key');
      return undefined;
    },
    selectProtocol: (offered) => offered.find((protocol) => protocol === 'realtime'),
    converse(connection) {
      if (connection.seen.url.startsWith('/v1/responses')) converseAsResponses(connection);
      else converseAsRealtime(connection);
    },
  };
  return startFakeSockets(api, options.tls);
}

/** Where OpenAI reads the key; it ignores `x-api-key` and `?key=`. */
function keyIn({ headers }: SeenUpgrade): string | undefined {
  const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  return (
    bearer ?? protocols.find((protocol) => protocol.startsWith(KEY_PROTOCOL))?.slice(KEY_PROTOCOL.length)
  );
}

/** The parts of a client's event on which the response depends. */
interface ClientEvent {
  readonly type?: string;
  readonly event_id?: string;
  readonly model?: string;
  readonly item?: object;
  readonly session?: object;
}

function parse(text: string): ClientEvent {
  try {
    return JSON.parse(text) as ClientEvent;
  } catch {
    return {};
  }
}

/** Each `response.create` gets the events of the HTTP stream, one per message. */
const converseAsResponses: Behaviour = ({ socket }) => {
  socket.on('message', (data) => {
    const event = parse((data as Buffer).toString());
    if (event.type !== 'response.create') {
      const error = { type: 'invalid_request_error', code: 'invalid_value', message: 'Unknown event.' };
      socket.send(JSON.stringify({ type: 'error', status: 400, error }));
      return;
    }
    for (const message of responsesEvents(event.model ?? 'm')) socket.send(message);
  });
};

function responsesEvents(model: string): string[] {
  const stream = simulatedReply({ method: 'POST', path: '/v1/responses', stream: true, model });
  return (stream?.pieces ?? []).map((piece) => /^data: (.*)$/m.exec(piece)?.[1] ?? '');
}

const converseAsRealtime: Behaviour = ({ socket, seen }) => {
  const model = new URLSearchParams(seen.url.replace(/^[^?]*/, '')).get('model') ?? 'gpt-realtime';
  let count = 0;
  let lastItem: string | null = null;
  const emit = (event: { readonly type: string } & Record<string, unknown>) => {
    socket.send(JSON.stringify({ event_id: `event_${++count}`, ...event }));
  };
  const session = {
    type: 'realtime',
    object: 'realtime.session',
    id: 'sess_simulated',
    model,
    output_modalities: ['audio'],
    instructions: '',
    tools: [],
    tool_choice: 'auto',
    max_output_tokens: 'inf',
    tracing: null,
    prompt: null,
    expires_at: 1_750_003_600,
    include: null,
  };
  const addItem = (item: object) => {
    emit({ type: 'conversation.item.added', previous_item_id: lastItem, item });
    emit({ type: 'conversation.item.done', previous_item_id: lastItem, item });
    lastItem = 'id' in item && typeof item.id === 'string' ? item.id : lastItem;
  };

  emit({ type: 'session.created', session });
  socket.on('message', (data) => {
    const event = parse((data as Buffer).toString());
    switch (event.type ?? '') {
      case 'session.update':
        emit({ type: 'session.updated', session: { ...session, ...event.session } });
        break;
      case 'conversation.item.create':
        addItem({ id: `item_${count}`, object: 'realtime.item', status: 'completed', ...event.item });
        break;
      case 'response.create':
        for (const one of realtimeResponse(lastItem)) emit(one);
        lastItem = 'item_simulated';
        break;
      case 'input_audio_buffer.append':
        break; // it gets no response
      default:
        emit({
          type: 'error',
          error: {
            type: 'invalid_request_error',
            code: 'invalid_value',
            message: `Invalid value: '${event.type ?? ''}'.`,
            param: 'type',
            event_id: event.event_id ?? null,
          },
        });
    }
  });
};

function realtimeResponse(previousItem: string | null): ({ type: string } & Record<string, unknown>)[] {
  const place = {
    response_id: 'resp_simulated',
    item_id: 'item_simulated',
    output_index: 0,
    content_index: 0,
  };
  const item = (status: string, content: object[]) => ({
    id: 'item_simulated',
    object: 'realtime.item',
    type: 'message',
    status,
    role: 'assistant',
    content,
  });
  const response = (status: string, output: object[]) => ({
    object: 'realtime.response',
    id: 'resp_simulated',
    status,
    status_details: null,
    output,
    conversation_id: 'conv_simulated',
    output_modalities: ['text'],
    max_output_tokens: 'inf',
    usage: status === 'completed' ? { total_tokens: 32, input_tokens: 14, output_tokens: 18 } : null,
    metadata: null,
  });
  const spoken = { type: 'output_text', text: SIMULATED_TEXT };
  const done = item('completed', [spoken]);
  return [
    { type: 'response.created', response: response('in_progress', []) },
    {
      type: 'response.output_item.added',
      response_id: place.response_id,
      output_index: 0,
      item: item('in_progress', []),
    },
    { type: 'conversation.item.added', previous_item_id: previousItem, item: item('in_progress', []) },
    { type: 'response.content_part.added', ...place, part: { type: 'text', text: '' } },
    ...(SIMULATED_TEXT.match(/\S+\s*/g) ?? []).map((delta) => ({
      type: 'response.output_text.delta',
      ...place,
      delta,
    })),
    { type: 'response.output_text.done', ...place, text: SIMULATED_TEXT },
    { type: 'response.content_part.done', ...place, part: { type: 'text', text: SIMULATED_TEXT } },
    {
      type: 'response.output_item.done',
      response_id: place.response_id,
      output_index: 0,
      item: done,
    },
    { type: 'conversation.item.done', previous_item_id: previousItem, item: done },
    { type: 'response.done', response: response('completed', [done]) },
    {
      type: 'rate_limits.updated',
      rate_limits: [{ name: 'tokens', limit: 40_000, remaining: 39_968, reset_seconds: 0.048 }],
    },
  ];
}

/** What OpenAI's front does with a socket whose key it finds wrong only after the upgrade. */
export const closeForItsKey: Behaviour = ({ socket }) => {
  const error = {
    type: 'invalid_request_error',
    code: 'invalid_api_key',
    message: 'Simulated invalid_api_key.',
    param: null,
    event_id: null,
  };
  socket.send(JSON.stringify({ type: 'error', event_id: 'event_1', error }));
  socket.close(3000, 'invalid_request_error.invalid_api_key');
};
