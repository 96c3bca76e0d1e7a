import { traitsOf } from '../../../src/proxy/keys/request-traits';
import type { KeyRequest } from '../../../src/proxy/keys/key-choice';
import { KeyPool } from '../../../src/proxy/keys/key-pool';
import { JsonBody } from '../../../src/json/json-body';

/** Forty conversations of three turns, in each form that a client sends them in, over the real pool. */

const CONVERSATIONS = 40;
const TURNS = [1, 2, 3];

function fourKeys(): KeyPool {
  const keys = ['a', 'b', 'c', 'd'].map((key) => ({ key: `key-${key}`, weight: 1 }));
  return new KeyPool('p', keys, {
    strategy: 'affinity',
    owner: 'server',
    now: () => 1_000_000,
    random: () => 0,
    events: { coolDown: () => undefined, addressSuspected: () => undefined },
  });
}

function keyFor(pool: KeyPool, body: object, headers = {}): string {
  const traits = traitsOf(headers, new JsonBody(Buffer.from(JSON.stringify(body))), 'ann');
  const keyRequest: KeyRequest = {
    scope: 's',
    session: traits.session,
    conversation: traits.conversation,
    tried: [],
  };
  const lease = pool.take(keyRequest);
  if (lease === undefined || lease === 'wait') throw new Error(`no key: ${String(lease)}`);
  lease.record({ kind: 'ok' }, true);
  lease.release();
  return lease.poolKey.key;
}

/** What is said in a conversation up to a turn: the user's words and the model's, in turn. */
function said<Message>(
  chat: number,
  turn: number,
  message: (mine: boolean, text: string) => Message,
): Message[] {
  return Array.from({ length: 2 * turn - 1 }, (_, at) => message(at % 2 === 0, `chat ${chat} message ${at}`));
}
const role = (mine: boolean, content: unknown) => ({ role: mine ? 'user' : 'assistant', content });
const textPart = (text: string) => [{ type: 'text', text }];
const inputPart = (mine: boolean, text: string) =>
  role(mine, [{ type: mine ? 'input_text' : 'output_text', text }]);
const google = (mine: boolean, text: string) => ({ role: mine ? 'user' : 'model', parts: [{ text }] });
/** Only the last message has the mark, as Anthropic's clients set it. */
const marked = (chat: number, turn: number) =>
  said(chat, turn, role).map((message, at, all) =>
    at < all.length - 1
      ? message
      : {
          ...message,
          content: [{ type: 'text', text: message.content, cache_control: { type: 'ephemeral' } }],
        },
  );
const long = 'The same words before every question. '.repeat(1_000);

const FORMS: readonly (readonly [string, (chat: number, turn: number) => object])[] = [
  ['Messages', (i, t) => ({ system: 's', messages: said(i, t, role) })],
  ['Messages, the cache mark on the last', (i, t) => ({ system: 's', messages: marked(i, t) })],
  ['Messages, instructions that tell the time', (i, t) => ({ system: `${t}`, messages: said(i, t, role) })],
  ['chat', (i, t) => ({ messages: said(i, t, role) })],
  ['chat with a system message', (i, t) => ({ messages: [role(false, 's'), ...said(i, t, role)] })],
  [
    'chat with two instructions and a greeting',
    (i, t) => ({
      messages: [
        { role: 'system', content: 's' },
        { role: 'developer', content: textPart('d') },
        role(false, 'Hello!'),
        ...said(i, t, role),
      ],
    }),
  ],
  [
    'chat, first a string and then a list',
    (i, t) => ({ messages: said(i, t, (mine, text) => role(mine, t === 1 ? text : textPart(text))) }),
  ],
  [
    'chat, long before the question',
    (i, t) => ({ messages: said(i, t, (mine, text) => role(mine, long + text)) }),
  ],
  ['Responses, a list', (i, t) => ({ instructions: 's', input: said(i, t, role) })],
  ['Responses, first a string', (i, t) => ({ input: t === 1 ? `chat ${i} message 0` : said(i, t, role) })],
  [
    'Responses, first a string and then parts',
    (i, t) => ({ input: t === 1 ? `chat ${i} message 0` : said(i, t, inputPart) }),
  ],
  ['Gemini', (i, t) => ({ systemInstruction: { parts: [{ text: 's' }] }, contents: said(i, t, google) })],
  [
    'Gemini, first without a role',
    (i, t) => ({ contents: t === 1 ? [{ parts: [{ text: `chat ${i} message 0` }] }] : said(i, t, google) }),
  ],
];

describe('with affinity, forty conversations of three turns stay on their keys', () => {
  it.each(FORMS)('in the form %s', (_, bodyOf) => {
    const pool = fourKeys();
    const used = Array.from({ length: CONVERSATIONS }, (__, chat) => {
      const keys = new Set(TURNS.map((turn) => keyFor(pool, bodyOf(chat, turn))));
      expect([...keys]).toHaveLength(1);
      return [...keys][0];
    });
    // Each key has ten on average; that one has none comes once in 25,000 draws, and these are always the same.
    expect(new Set(used).size).toBe(4);
  });

  it('with any content, if the client names them', () => {
    const pool = fourKeys();
    const used = new Set<string>();
    for (let chat = 0; chat < CONVERSATIONS; chat++) {
      const named = [
        { headers: { 'x-session-affinity': `s${chat}` }, body: {} },
        { headers: {}, body: { prompt_cache_key: `s${chat}` } },
        { headers: {}, body: { metadata: { user_id: `s${chat}` } } },
      ];
      const keys = new Set(
        named.flatMap(({ headers, body }) =>
          TURNS.map((turn) => keyFor(pool, { ...body, messages: [role(true, `turn ${turn}`)] }, headers)),
        ),
      );
      expect(keys.size).toBe(1);
      for (const key of keys) used.add(key);
    }
    expect(used.size).toBe(4);
  });
});
