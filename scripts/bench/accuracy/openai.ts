import {
  EventWriter,
  finally_,
  json,
  stated,
  type Draw,
  type Field,
  type Figures,
  type Format,
  type Part,
} from './reply';

const SSE = 'text/event-stream; charset=utf-8';

function tokens({ random }: Draw) {
  const input = random.integer(0, 300_000);
  const output = random.integer(0, 90_000);
  const cached = random.integer(0, input);
  const reasoning = random.integer(0, output);
  const figures: Figures = {
    input_tokens: input,
    cached_input_tokens: cached,
    output_tokens: output,
    reasoning_tokens: reasoning,
  };
  const object = {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
  return { figures, object };
}

/** One more of everything, as a figure that a later one replaces. */
const earlier = <T extends { readonly output_tokens: number; readonly total_tokens: number }>(
  object: T,
): T => ({
  ...object,
  output_tokens: object.output_tokens + 1,
  total_tokens: object.total_tokens + 1,
});

function responseOf(draw: Draw, usage: unknown) {
  return {
    id: 'resp_1',
    object: 'response',
    status: usage === null ? 'in_progress' : 'completed',
    model: 'gpt-5-2025-08-07',
    output:
      usage === null
        ? []
        : [{ type: 'message', content: [{ type: 'output_text', text: draw.texts.join('') }] }],
    tools: [{ type: 'function', name: 'usage', parameters: { properties: { usage: { type: 'object' } } } }],
    usage,
    metadata: {},
  };
}

function responses(draw: Draw) {
  const { object, figures } = tokens(draw);
  const final = finally_(draw, figures);
  const twice = draw.usage === 'twice' ? { name: 'usage', first: earlier(object) } : undefined;
  const text = json(draw.random, responseOf(draw, stated(draw, object)), twice);
  return { contentType: 'application/json', final, parts: [{ text, told: final }] };
}

function responsesStream(draw: Draw) {
  const { object, figures } = tokens(draw);
  const { random, texts, fails } = draw;
  const final = finally_(draw, figures);
  const writer = new EventWriter(random);
  const event = (type: string, more: object, told?: Figures) =>
    writer.event({ type, ...more }, { name: type, told });
  const parts: Part[] = ['response.created', 'response.in_progress'].map((type) =>
    event(type, { response: responseOf(draw, null) }),
  );
  parts.push(...texts.map((delta) => event('response.output_text.delta', { delta })));
  if (fails) {
    const failed = { ...responseOf(draw, null), error: { code: 'server_error', message: 'overloaded' } };
    parts.push(event('response.failed', { response: { ...failed, status: 'failed' } }));
    return { contentType: SSE, final, parts };
  }
  const type = random.chance(0.9) ? 'response.completed' : 'response.incomplete';
  if (draw.usage === 'twice')
    parts.push(
      event(
        'response.in_progress',
        { response: responseOf(draw, earlier(object)) },
        {
          ...figures,
          output_tokens: object.output_tokens + 1,
        },
      ),
    );
  parts.push(event(type, { response: responseOf(draw, stated(draw, object)) }, final));
  return { contentType: SSE, final, parts };
}

function embeddings(draw: Draw) {
  const { random, usage: form } = draw;
  const input = random.integer(1, 300_000);
  const object = { prompt_tokens: input, total_tokens: input };
  const final = finally_(draw, { input_tokens: input, output_tokens: 0 });
  const numbers = Array.from({ length: random.integer(4, 3_000) }, () => random.fraction() - 0.5);
  const embedding = random.chance(0.5)
    ? Buffer.from(Float32Array.from(numbers).buffer).toString('base64')
    : numbers;
  const document = {
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding }],
    model: 'text-embedding-3-large',
    usage: stated(draw, object),
  };
  const twice =
    form === 'twice' ? { name: 'usage', first: { prompt_tokens: 1, total_tokens: 1 } } : undefined;
  return {
    contentType: 'application/json',
    final,
    parts: [{ text: json(random, document, twice), told: final }],
  };
}

function imageUsage({ random }: Draw) {
  const input = random.integer(1, 5_000);
  const output = random.integer(1, 9_000);
  const details = { text_tokens: input, image_tokens: 0 };
  return {
    figures: { input_tokens: input, output_tokens: output },
    object: {
      input_tokens: input,
      input_tokens_details: details,
      output_tokens: output,
      total_tokens: input + output,
    },
  };
}

/** Longer ones are not counted, which the documentation says. */
const COUNTED_BYTES = 8_192;

function images(draw: Draw) {
  const { random } = draw;
  const { object, figures } = imageUsage(draw);
  const pictures = random.integer(1, 4);
  const hasLinks = draw.usage === 'none' || draw.usage === 'nonsense' || random.chance(0.3);
  const data = Array.from({ length: pictures }, () =>
    hasLinks
      ? { url: 'https://images.example.com/a.png' }
      : { b64_json: 'iVBORw0KGgo'.repeat(random.integer(1, 3_000)) },
  );
  const usage = draw.usage === 'twice' ? object : stated(draw, object);
  const text = json(random, { created: 1_764_000_000, data, usage });
  const final = { ...finally_(draw, figures), images: pictures };
  const mayOmit = text.length > COUNTED_BYTES ? ('images' as const) : undefined;
  return { contentType: 'application/json', final, mayOmit, parts: [{ text, told: final }] };
}

function imagesStream(draw: Draw) {
  const { random, fails } = draw;
  const { object, figures } = imageUsage(draw);
  const final = finally_(draw, figures);
  const writer = new EventWriter(random);
  const picture = () => 'iVBORw0KGgo'.repeat(random.integer(1, 2_000));
  const event = (type: string, more: object, told?: Figures) =>
    writer.event({ type, ...more }, { name: type, told });
  const parts = [event('image_generation.partial_image', { b64_json: picture(), partial_image_index: 0 })];
  if (fails)
    parts.push(event('error', { error: { type: 'image_generation_server_error', message: 'failed' } }));
  else
    parts.push(
      event('image_generation.completed', { b64_json: picture(), usage: stated(draw, object) }, final),
    );
  return { contentType: SSE, final, parts };
}

function audioUsage({ random }: Draw) {
  if (random.chance(0.3)) {
    const seconds = random.integer(1, 3_600);
    return { figures: { audio_seconds: seconds }, object: { type: 'duration', seconds } };
  }
  const [audio, text, output] = [random.integer(1, 9_000), random.integer(0, 90), random.integer(1, 4_000)];
  return {
    figures: { input_tokens: audio + text, output_tokens: output, audio_input_tokens: audio },
    object: {
      type: 'tokens',
      input_tokens: audio + text,
      input_token_details: { text_tokens: text, audio_tokens: audio },
      output_tokens: output,
      total_tokens: audio + text + output,
    },
  };
}

function transcription(draw: Draw) {
  const { object, figures } = audioUsage(draw);
  const final = finally_(draw, figures);
  const text = json(draw.random, { text: draw.texts.join(''), usage: stated(draw, object) });
  return { contentType: 'application/json', final, parts: [{ text, told: final }] };
}

function transcriptionStream(draw: Draw) {
  const { object, figures } = audioUsage(draw);
  const final = finally_(draw, figures);
  const writer = new EventWriter(draw.random);
  const parts = draw.texts.map((delta) => writer.event({ type: 'transcript.text.delta', delta }));
  if (draw.fails) parts.push(writer.event({ error: { type: 'server_error', message: 'overloaded' } }));
  else {
    const done = { type: 'transcript.text.done', text: draw.texts.join(''), usage: stated(draw, object) };
    parts.push(writer.event(done, { told: final }));
  }
  return { contentType: SSE, final, parts };
}

/** Sound, which says nothing of its usage. */
function speech({ random }: Draw) {
  const bytes = Buffer.alloc(random.integer(100, 20_000), '"usage":{"input_tokens":7,"output_tokens":7}}');
  return { contentType: 'audio/mpeg', final: undefined, parts: [{ text: bytes }] };
}

function format(name: string, path: string, isStream: boolean, make: (draw: Draw) => Made): Format {
  return { name, isStream, make: (draw) => ({ provider: 'openai', path, ...make(draw) }) };
}

interface Made {
  readonly contentType: string;
  readonly final: Figures | undefined;
  readonly parts: readonly Part[];
  readonly mayOmit?: Field | undefined;
}

export const OPENAI_FORMATS: readonly Format[] = [
  format('OpenAI Responses', '/v1/responses', false, responses),
  format('OpenAI Responses', '/v1/responses', true, responsesStream),
  format('OpenAI embeddings', '/v1/embeddings', false, embeddings),
  format('OpenAI images', '/v1/images/generations', false, images),
  format('OpenAI images', '/v1/images/generations', true, imagesStream),
  format('OpenAI transcriptions', '/v1/audio/transcriptions', false, transcription),
  format('OpenAI transcriptions', '/v1/audio/transcriptions', true, transcriptionStream),
  format('OpenAI speech', '/v1/audio/speech', false, speech),
];
