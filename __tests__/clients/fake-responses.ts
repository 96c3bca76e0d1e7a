import type { Responder, SeenRequest } from '../../scripts/fakes/fake-upstream';
import type { Behaviour } from '../helpers/fake-sockets';

/** A request of the Responses API, by HTTP or in a WebSocket's message. */
export interface ResponsesRequest {
  readonly type?: string;
  readonly model?: string;
  /** `false` in a WebSocket's first message, which only hands over instructions and tools. */
  readonly generate?: boolean;
  readonly previous_response_id?: string;
  readonly tools?: readonly { readonly name?: string }[];
  readonly input?: readonly Item[];
}

interface Item {
  readonly type?: string;
  readonly [member: string]: unknown;
}

const ENCRYPTED = 'gAAAAAB_simulated_encrypted_reasoning';
/** What it says to a request without a tool that runs commands. */
export const NO_TOOL = 'Hello, é, 你好, 🙂.';

const CALL_ID = 'call_simulated_1';

/** How the tools that run a command name it, each by the version of Codex that has it. */
const COMMANDS: Readonly<Record<string, (command: string) => object>> = {
  exec_command: (cmd) => ({ cmd }),
  shell_command: (command) => ({ command }),
  shell: (command) => ({ command: ['sh', '-c', command] }),
};

/**
 * A conversation of two requests, at `path` with this key: reasoning and the call of a command, then a text that quotes what
 * the command printed, if the call came back. https://platform.openai.com/docs/guides/function-calling
 */
export function converseAsResponses(path: string, key: string, command: string): Responder {
  return (_request, response, seen) => {
    const status = statusOf(seen, path, key);
    if (status !== 200) {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(`{"error":{"message":"It is ${status}.","type":"invalid_request_error","code":null}}`);
      return;
    }
    const body = JSON.parse(seen.body.toString()) as ResponsesRequest;
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    for (const event of eventsFor(body, command, 1))
      response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    response.end();
  };
}

/** The same on a WebSocket, where a request has only what is new. */
export function converseOnSocket(command: string, seen: ResponsesRequest[]): Behaviour {
  return ({ socket }) => {
    socket.on('message', (data) => {
      const body = JSON.parse((data as Buffer).toString()) as ResponsesRequest;
      seen.push(body);
      for (const event of eventsFor(body, command, seen.length)) socket.send(JSON.stringify(event));
    });
  };
}

function statusOf({ method, url, headers }: SeenRequest, path: string, key: string): number {
  if (method !== 'POST' || url.replace(/\?.*$/s, '') !== path) return 404;
  return headers.authorization === `Bearer ${key}` && !('x-api-key' in headers) ? 200 : 401;
}

function itemsFor({ input = [], tools = [], generate }: ResponsesRequest, command: string): Item[] {
  if (generate === false) return [];
  const output = input.find(({ type, call_id: id }) => type === 'function_call_output' && id === CALL_ID);
  if (output) return [message(`It says ${JSON.stringify(output['output'])}.`)];
  const tool = tools.map(({ name = '' }) => name).find((name) => name in COMMANDS);
  if (tool === undefined) return [message(NO_TOOL)];
  return [
    { id: 'rs_simulated', type: 'reasoning', summary: [], encrypted_content: ENCRYPTED },
    {
      id: 'fc_simulated',
      type: 'function_call',
      status: 'completed',
      call_id: CALL_ID,
      name: tool,
      arguments: JSON.stringify(COMMANDS[tool]?.(command)),
    },
  ];
}

const message = (text: string): Item => ({
  id: 'msg_simulated',
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
});

function eventsFor(body: ResponsesRequest, command: string, turn: number): { readonly type: string }[] {
  const items = itemsFor(body, command);
  const response = {
    id: `resp_simulated_${turn}`,
    object: 'response',
    created_at: 1_750_000_000,
    model: body.model,
    error: null,
    output: [],
  };
  const usage = { input_tokens: 14, output_tokens: 18, total_tokens: 32 };
  return [
    { type: 'response.created', response: { ...response, status: 'in_progress' } },
    ...items.flatMap((item, at) => [
      { type: 'response.output_item.added', output_index: at, item: { ...item, status: 'in_progress' } },
      { type: 'response.output_item.done', output_index: at, item },
    ]),
    { type: 'response.completed', response: { ...response, status: 'completed', output: items, usage } },
  ].map((event, sequence) => ({ ...event, sequence_number: sequence }));
}
