import type { Responder, SeenRequest } from '../../scripts/fakes/fake-upstream';

/** What a provider in Anthropic's form checks of each request, and says. */
export interface MessagesApi {
  /** The path of its Messages API. */
  readonly path: string;
  /** Where it takes its key, and the key. */
  readonly header: 'x-api-key' | 'authorization';
  readonly key: string;
  /** The tool that it calls, with its input, before it answers. */
  readonly call: { readonly name: string; readonly input: object };
}

interface Block {
  readonly type: string;
  readonly thinking?: string;
  readonly signature?: string;
  readonly [member: string]: unknown;
}
interface MessagesRequest {
  readonly model: string;
  readonly stream?: boolean;
  readonly thinking?: { readonly type: string };
  readonly tools?: readonly { readonly name: string }[];
  readonly messages: readonly { readonly role: string; readonly content: string | readonly Block[] }[];
}

const THOUGHT = 'Someone wants to know: é, 你好, 🙂. I read it first.';
const SIGNATURE = 'EqQBCkYIBxgCKkD/simulated+signature==';
const CALL_ID = 'toolu_simulated_1';

/**
 * A conversation of two requests: thinking with a signature and the call of a tool, then, if all of that came back as it
 * was sent, a text that quotes the tool's result. https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking
 */
export function converseAsMessages(api: MessagesApi): Responder {
  return (_request, response, seen) => {
    const problem = problemOf(seen, api);
    if (problem) {
      const [status, type, message] = problem;
      response.writeHead(status, { 'content-type': 'application/json', 'x-should-retry': 'false' });
      response.end(JSON.stringify({ type: 'error', error: { type, message } }));
      return;
    }
    const body = JSON.parse(seen.body.toString()) as MessagesRequest;
    const blocks = blocksFor(body, api);
    if (body.stream !== true) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ...head(body), content: blocks, stop_reason: stopReason(blocks) }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    // In pieces of 7 bytes, which end inside of lines and characters.
    const bytes = Buffer.from(eventsOf(body, blocks));
    for (let at = 0; at < bytes.length; at += 7) response.write(bytes.subarray(at, at + 7));
    response.end();
  };
}

type Problem = readonly [status: number, type: string, message: string];

function problemOf({ method, url, headers, body }: SeenRequest, api: MessagesApi): Problem | undefined {
  const { path, header, key } = api;
  if (method !== 'POST' || url.replace(/\?.*$/s, '') !== path)
    return [404, 'not_found_error', `No ${method} ${url} here.`];
  const others = ['x-api-key', 'authorization', 'x-goog-api-key'].filter((name) => name !== header);
  if (headers[header] !== (header === 'authorization' ? `Bearer ${key}` : key))
    return [401, 'authentication_error', 'Another key.'];
  if (others.some((name) => name in headers)) return [401, 'authentication_error', 'Two credentials.'];
  if (headers['anthropic-version'] === undefined)
    return [400, 'invalid_request_error', 'No anthropic-version.'];
  const { messages } = JSON.parse(body.toString()) as MessagesRequest;
  const result = toolResult(messages);
  if (result === undefined) return undefined;
  const returned = blocksOf(messages).some(
    ({ thinking, signature }) => thinking === THOUGHT && signature === SIGNATURE,
  );
  return returned ? undefined : [400, 'invalid_request_error', 'The thinking block is not as it was sent.'];
}

const blocksOf = (messages: MessagesRequest['messages']): Block[] =>
  messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content));

function toolResult(messages: MessagesRequest['messages']): string | undefined {
  const result = blocksOf(messages).find(
    ({ type, tool_use_id: id }) => type === 'tool_result' && id === CALL_ID,
  );
  return result && JSON.stringify(result['content']);
}

function blocksFor({ messages, tools = [] }: MessagesRequest, { call }: MessagesApi): Block[] {
  const result = toolResult(messages);
  if (result !== undefined) return [{ type: 'text', text: `It says ${result}.` }];
  // Requests for a title and the like have no such tool.
  if (!tools.some(({ name }) => name === call.name)) return [{ type: 'text', text: 'A title' }];
  return [
    { type: 'thinking', thinking: THOUGHT, signature: SIGNATURE },
    { type: 'text', text: 'I look at it.' },
    { type: 'tool_use', id: CALL_ID, name: call.name, input: call.input },
  ];
}

const stopReason = (blocks: readonly Block[]) =>
  blocks.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn';

const head = ({ model }: MessagesRequest) => ({
  id: 'msg_simulated',
  type: 'message',
  role: 'assistant',
  model,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { input_tokens: 14, output_tokens: 18 },
});

function eventsOf(body: MessagesRequest, blocks: readonly Block[]): string {
  const stop = { stop_reason: stopReason(blocks), stop_sequence: null };
  const events = [
    { type: 'message_start', message: head(body) },
    { type: 'ping' },
    ...blocks.flatMap((block, index) => [
      { type: 'content_block_start', index, content_block: startOf(block) },
      ...deltasOf(block).map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: stop, usage: { output_tokens: 18 } },
    { type: 'message_stop' },
  ];
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

function startOf(block: Block): Block {
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  return block.type === 'text' ? { type: 'text', text: '' } : { ...block, input: {} };
}

function deltasOf(block: Block): object[] {
  if (block.type === 'text') return [{ type: 'text_delta', text: block['text'] }];
  if (block.type === 'tool_use')
    return halves(JSON.stringify(block['input'])).map((part) => ({
      type: 'input_json_delta',
      partial_json: part,
    }));
  return [
    ...halves(THOUGHT).map((thinking) => ({ type: 'thinking_delta', thinking })),
    { type: 'signature_delta', signature: SIGNATURE },
  ];
}

const halves = (text: string) => [text.slice(0, text.length / 2), text.slice(text.length / 2)];
