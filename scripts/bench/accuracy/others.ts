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

const SSE = 'text/event-stream';

function anthropicUsage({ random }: Draw) {
  const base = random.integer(0, 100_000);
  const cached = random.chance(0.7) ? random.integer(0, 100_000) : 0;
  const written5m = random.chance(0.5) ? random.integer(0, 50_000) : 0;
  const written1h = random.chance(0.3) ? random.integer(0, 50_000) : 0;
  const output = random.integer(1, 60_000);
  const input = {
    input_tokens: base,
    cache_creation_input_tokens: written5m + written1h,
    cache_read_input_tokens: cached,
    cache_creation: { ephemeral_5m_input_tokens: written5m, ephemeral_1h_input_tokens: written1h },
  };
  const inputFigures: Figures = {
    input_tokens: base + cached + written5m + written1h,
    cached_input_tokens: cached,
    cache_write_tokens: written5m + written1h,
  };
  return { input, output, inputFigures, figures: { ...inputFigures, output_tokens: output } };
}

function message(draw: Draw) {
  const { input, output, figures } = anthropicUsage(draw);
  const { random, texts } = draw;
  const final = finally_(draw, figures);
  const document = {
    id: 'msg_1',
    type: 'message',
    model: 'claude-haiku-4-5-20251001',
    content: [
      { type: 'tool_use', name: 'usage', input: { usage: { input_tokens: 7, output_tokens: 7 } } },
      { type: 'text', text: texts.join('') },
    ],
    stop_reason: 'end_turn',
    usage: stated(draw, { ...input, output_tokens: output }),
  };
  const twice = draw.usage === 'twice' ? { name: 'usage', first: { ...input, output_tokens: 1 } } : undefined;
  return {
    contentType: 'application/json',
    final,
    parts: [{ text: json(random, document, twice), told: final }],
  };
}

function messageStream(draw: Draw) {
  const { input, output, inputFigures, figures } = anthropicUsage(draw);
  const { random, texts, fails, usage: form } = draw;
  const isTold = form === 'once' || form === 'twice';
  const final = finally_(draw, figures);
  const writer = new EventWriter(random);
  const event = (data: { readonly type: string }, told?: Figures) =>
    writer.event(data, { name: data.type, told });
  const start = { id: 'msg_1', type: 'message', model: 'claude-haiku-4-5-20251001', content: [] };
  const usage = stated(draw, { ...input, output_tokens: 1 });
  const begun = Object.assign({ type: 'message_start' }, { message: { ...start, usage } });
  const parts: Part[] = [event(begun, isTold ? inputFigures : undefined)];
  if (random.chance(0.5)) parts.push(event({ type: 'ping' }));
  for (const text of texts) {
    const delta = { index: 0, delta: { type: 'text_delta', text } };
    parts.push(event(Object.assign({ type: 'content_block_delta' }, delta)));
  }
  if (fails) {
    const error = { error: { type: 'overloaded_error', message: 'Overloaded' } };
    parts.push(event(Object.assign({ type: 'error' }, error)));
    return { contentType: SSE, final, parts };
  }
  const delta = (outputTokens: number, told: Figures | undefined) => {
    const more = random.chance(0.5) ? input : {};
    const end = {
      delta: { stop_reason: 'end_turn' },
      usage: stated(draw, { ...more, output_tokens: outputTokens }),
    };
    return event(Object.assign({ type: 'message_delta' }, end), told);
  };
  if (form === 'twice') parts.push(delta(output + 2, { ...figures, output_tokens: output + 2 }));
  parts.push(delta(output, final), event({ type: 'message_stop' }, final));
  return { contentType: SSE, final, parts };
}

function geminiUsage({ random }: Draw) {
  const prompt = random.integer(0, 500_000);
  const candidates = random.integer(1, 60_000);
  const thoughts = random.chance(0.6) ? random.integer(1, 60_000) : undefined;
  const cached = random.chance(0.4) ? random.integer(1, prompt) : undefined;
  const tools = random.chance(0.2) ? random.integer(1, 5_000) : undefined;
  const audio = random.chance(0.2) ? random.integer(1, 900) : undefined;
  const object = (output: number) => ({
    promptTokenCount: prompt,
    candidatesTokenCount: output,
    totalTokenCount: prompt + output + (thoughts ?? 0) + (tools ?? 0),
    cachedContentTokenCount: cached,
    promptTokensDetails: audio === undefined ? undefined : [{ modality: 'AUDIO', tokenCount: audio }],
    thoughtsTokenCount: thoughts,
    toolUsePromptTokenCount: tools,
  });
  const figures = (output: number): Figures => ({
    input_tokens: prompt + (tools ?? 0),
    cached_input_tokens: cached,
    output_tokens: output + (thoughts ?? 0),
    reasoning_tokens: thoughts,
    audio_input_tokens: audio,
  });
  return { candidates, object, figures };
}

function contentOf(text: string, usageMetadata: unknown, finishReason?: string) {
  const candidates = [{ content: { role: 'model', parts: [{ text }] }, finishReason, index: 0 }];
  return { candidates, usageMetadata, modelVersion: 'gemini-2.5-flash', responseId: 'r1' };
}

function content(draw: Draw) {
  const { candidates, object, figures } = geminiUsage(draw);
  const final = finally_(draw, figures(candidates));
  const document = contentOf(draw.texts.join(''), stated(draw, object(candidates)), 'STOP');
  const twice = draw.usage === 'twice' ? { name: 'usageMetadata', first: object(1) } : undefined;
  const text = json(draw.random, document, twice);
  return { contentType: 'application/json; charset=UTF-8', final, parts: [{ text, told: final }] };
}

function contents(draw: Draw) {
  const { candidates, object, figures } = geminiUsage(draw);
  const { texts, usage: form, fails } = draw;
  const isTold = form === 'once' || form === 'twice';
  const chunks = texts.map((text, at) => {
    const isLast = at === texts.length - 1 && !fails;
    // Google counts up: each chunk has the figures until then.
    const output = isLast ? candidates : Math.min(at + 1, candidates);
    const told = isTold ? figures(output) : undefined;
    return { document: contentOf(text, stated(draw, object(output)), isLast ? 'STOP' : undefined), told };
  });
  return { chunks, final: finally_(draw, figures(candidates)) };
}

function contentStream(draw: Draw) {
  const { chunks, final } = contents(draw);
  const writer = new EventWriter(draw.random, '\r\n');
  const parts = chunks.map(({ document, told }) => writer.event(document, { told }));
  if (draw.fails) {
    parts.push(
      writer.event({ error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } }),
    );
  }
  return { contentType: SSE, final, parts };
}

/** What Google streams without `alt=sse`: one JSON list, whose end tells that it is complete. */
function contentList(draw: Draw) {
  const { chunks, final } = contents(draw);
  const parts: Part[] = chunks.map(({ document }, at) => ({
    text: (at === 0 ? '[' : ',\r\n') + JSON.stringify(document, null, 2),
  }));
  return {
    contentType: 'application/json; charset=UTF-8',
    final,
    parts: [...parts, { text: '\n]\n', told: final }],
  };
}

const GEMINI = { provider: 'gemini' };
const MODEL = '/v1beta/models/gemini-2.5-flash';

export const OTHER_FORMATS: readonly Format[] = [
  {
    name: 'Anthropic messages',
    isStream: false,
    make: (draw) => ({ provider: 'anthropic', path: '/v1/messages', ...message(draw) }),
  },
  {
    name: 'Anthropic messages',
    isStream: true,
    make: (draw) => ({ provider: 'anthropic', path: '/v1/messages', ...messageStream(draw) }),
  },
  {
    name: 'Gemini',
    isStream: false,
    make: (draw) => ({ ...GEMINI, path: `${MODEL}:generateContent`, ...content(draw) }),
  },
  {
    name: 'Gemini',
    isStream: true,
    make: (draw) => ({ ...GEMINI, path: `${MODEL}:streamGenerateContent?alt=sse`, ...contentStream(draw) }),
  },
  {
    name: 'Gemini, as a list',
    isStream: false,
    make: (draw) => ({
      ...GEMINI,
      path: `${MODEL}:streamGenerateContent`,
      ...contentList({ ...draw, usage: draw.usage === 'twice' ? 'once' : draw.usage, fails: false }),
    }),
  },
];
