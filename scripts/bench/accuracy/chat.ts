import type { Random } from './random';
import {
  EventWriter,
  finally_,
  json,
  stated,
  type Draw,
  type Figures,
  type Format,
  type Part,
} from './reply';

/** What a provider with OpenAI's form of chats does otherwise. */
interface Peculiarities {
  readonly provider: string;
  readonly model: string;
  /** OpenAI's reasoning is a part of its `completion_tokens`; xAI leaves it out. */
  readonly leavesOutReasoning?: boolean;
  readonly tellsCost?: boolean;
  /** Where a stream has the usage: in an event of its own, or in the last choice (Moonshot), or with it (DeepSeek). */
  readonly streamsUsage?: 'own-event' | 'in-choice' | 'with-choice' | 'each-event';
  readonly sendsComments?: boolean;
  readonly hasCacheFields?: boolean;
}

interface ChatUsage {
  readonly object: Readonly<Record<string, unknown>>;
  readonly figures: Figures;
}

function drawUsage(random: Random, api: Peculiarities): ChatUsage {
  const input = random.integer(0, 200_000);
  const output = random.integer(0, 60_000);
  const cached = random.chance(0.6) ? random.integer(0, input) : undefined;
  const reasoning = random.chance(0.6) ? random.integer(0, output) : undefined;
  const audio = random.chance(0.2) ? [random.integer(0, input), random.integer(0, output)] : undefined;
  const usd = api.tellsCost ? random.integer(0, 5_000_000) / 1e7 : undefined;
  const completion = output - (api.leavesOutReasoning ? (reasoning ?? 0) : 0);
  return {
    figures: {
      input_tokens: input,
      cached_input_tokens: cached,
      output_tokens: output,
      reasoning_tokens: reasoning,
      audio_input_tokens: audio?.[0],
      audio_output_tokens: audio?.[1],
      usd,
    },
    object: {
      prompt_tokens: input,
      completion_tokens: completion,
      total_tokens: input + output,
      ...(cached !== undefined && api.hasCacheFields
        ? { prompt_cache_hit_tokens: cached, prompt_cache_miss_tokens: input - cached }
        : {}),
      prompt_tokens_details:
        (cached ?? audio) === undefined
          ? undefined
          : { cached_tokens: api.hasCacheFields ? undefined : cached, audio_tokens: audio?.[0] },
      completion_tokens_details:
        (reasoning ?? audio) === undefined
          ? undefined
          : { reasoning_tokens: reasoning, audio_tokens: audio?.[1] },
      cost: usd,
    },
  };
}

/** What a provider counted before it was through. */
function earlier({ object, figures }: ChatUsage): ChatUsage {
  const { total_tokens: total, completion_tokens: completion } = object;
  return {
    object: { ...object, completion_tokens: Number(completion) + 3, total_tokens: Number(total) + 3 },
    figures: { ...figures, output_tokens: (figures.output_tokens ?? 0) + 3 },
  };
}

function whole(draw: Draw, api: Peculiarities) {
  const { random, usage: form, texts } = draw;
  const usage = drawUsage(random, api);
  const document = {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: api.model,
    choices: [{ index: 0, message: { role: 'assistant', content: texts.join('') }, finish_reason: 'stop' }],
    usage: stated(draw, usage.object),
    system_fingerprint: 'fp_1',
  };
  const twice = form === 'twice' ? { name: 'usage', first: earlier(usage).object } : undefined;
  const final = finally_(draw, usage.figures);
  return {
    contentType: 'application/json',
    final,
    parts: [{ text: json(random, document, twice), told: final }],
  };
}

function streamed(draw: Draw, api: Peculiarities) {
  const { random, usage: form, texts, fails } = draw;
  const place = api.streamsUsage ?? 'own-event';
  const usage = drawUsage(random, api);
  const before = earlier(usage);
  const writer = new EventWriter(random);
  const parts: Part[] = [];
  const base = { id: 'chatcmpl-1', object: 'chat.completion.chunk', model: api.model };
  const asked = form !== 'none' && place === 'own-event' ? { usage: null } : {};
  const chunk = (delta: object, finish: string | null, more: object = {}) => ({
    ...base,
    choices: [{ index: 0, delta, finish_reason: finish, ...more }],
  });
  if (api.sendsComments) parts.push(writer.comment('PROCESSING'));
  texts.forEach((text, at) => {
    const counts = place === 'each-event' && (form === 'once' || form === 'twice');
    const soFar = counts ? { ...before, object: { ...before.object } } : undefined;
    parts.push(
      writer.event(
        { ...chunk({ content: text }, null), ...asked, ...(soFar && { usage: soFar.object }) },
        { told: soFar?.figures },
      ),
    );
    if (api.sendsComments && at % 3 === 0) parts.push(writer.comment('PROCESSING'));
  });
  if (fails) {
    parts.push(
      writer.event({ error: { message: 'overloaded', type: 'server_error', code: 'server_error' } }),
    );
    return { contentType: 'text/event-stream', final: undefined, parts };
  }
  const final = finally_(draw, usage.figures);
  const told = (one: ChatUsage) => (final === undefined ? undefined : one.figures);
  const states = (one: ChatUsage) => {
    const object = stated(draw, one.object);
    if (place === 'in-choice') return chunk({}, 'stop', { usage: object });
    if (place === 'own-event') return { ...base, choices: [], usage: object };
    return { ...chunk({}, 'stop'), usage: object };
  };
  if (place === 'own-event') parts.push(writer.event({ ...chunk({}, 'stop'), ...asked }));
  if (form === 'twice') parts.push(writer.event(states(before), { told: told(before) }));
  if (form !== 'none' || place !== 'own-event')
    parts.push(writer.event(states(usage), { told: told(usage) }));
  if (random.chance(0.9)) parts.push(writer.event('[DONE]', { told: final }));
  return { contentType: 'text/event-stream; charset=utf-8', final, parts };
}

function chats(name: string, api: Peculiarities): Format[] {
  const place = { provider: api.provider, path: '/v1/chat/completions' };
  return [
    { name, isStream: false, make: (draw) => ({ ...place, ...whole(draw, api) }) },
    { name, isStream: true, make: (draw) => ({ ...place, ...streamed(draw, api) }) },
  ];
}

export const CHAT_FORMATS: readonly Format[] = [
  ...chats('OpenAI chat', { provider: 'openai', model: 'gpt-5-mini-2025-08-07' }),
  ...chats('OpenRouter', {
    provider: 'openrouter',
    model: 'openai/gpt-5-mini',
    tellsCost: true,
    sendsComments: true,
  }),
  ...chats('Moonshot', { provider: 'moonshot', model: 'kimi-k2', streamsUsage: 'in-choice' }),
  ...chats('DeepSeek', {
    provider: 'deepseek',
    model: 'deepseek-chat',
    streamsUsage: 'with-choice',
    hasCacheFields: true,
  }),
  ...chats('xAI', {
    provider: 'xai',
    model: 'grok-4',
    streamsUsage: 'each-event',
    leavesOutReasoning: true,
  }),
];
