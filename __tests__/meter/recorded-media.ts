import { events, type Recorded } from './recorded';

const IMAGE_USAGE = {
  total_tokens: 100,
  input_tokens: 50,
  output_tokens: 50,
  input_tokens_details: { text_tokens: 10, image_tokens: 40 },
  output_tokens_details: { text_tokens: 0, image_tokens: 50 },
};
const BATCH_USAGE = {
  input_tokens: 0,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 0,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 0,
};

/**
 * Images, speech and transcriptions in the forms of https://github.com/openai/openai-openapi, and what only begins
 * something: batches and responses in the background.
 */
export const RECORDED_MEDIA: readonly Recorded[] = [
  {
    name: 'an edited image of a GPT image model',
    makesImages: true,
    body: JSON.stringify({
      created: 1_713_833_628,
      background: 'opaque',
      data: [{ b64_json: 'AAAA' }],
      output_format: 'png',
      quality: 'high',
      size: '1024x1024',
      usage: IMAGE_USAGE,
    }),
    usage: { input: 50, output: 50, images: 1 },
  },
  {
    name: 'the stream of an edited image',
    isEventStream: true,
    body: events([
      { type: 'image_edit.partial_image', b64_json: 'AAAA', partial_image_index: 0 },
      { type: 'image_edit.completed', b64_json: 'BBBB', quality: 'high', usage: IMAGE_USAGE },
    ]),
    usage: { input: 50, output: 50 },
  },
  {
    name: 'images of DALL·E, whose texts were revised',
    makesImages: true,
    body: JSON.stringify({
      created: 1,
      data: [
        { url: 'https://images.example/1', revised_prompt: 'a cat' },
        { url: 'https://images.example/2', revised_prompt: '"usage":{"input_tokens":5}' },
      ],
    }),
    usage: { images: 2 },
  },
  {
    // https://ai.google.dev/gemini-api/docs/imagen
    name: 'images of Imagen',
    makesImages: true,
    body: JSON.stringify({
      predictions: [
        { mimeType: 'image/png', bytesBase64Encoded: 'AAAA' },
        { mimeType: 'image/png', bytesBase64Encoded: 'BBBB' },
      ],
    }),
    usage: { images: 2 },
  },
  {
    name: 'the stream of a speech',
    isEventStream: true,
    body: events([
      { type: 'speech.audio.delta', audio: 'AAAA' },
      { type: 'speech.audio.done', usage: { input_tokens: 14, output_tokens: 101, total_tokens: 115 } },
    ]),
    usage: { input: 14, output: 101 },
  },
  {
    name: 'the stream of a transcription',
    isEventStream: true,
    body: events([
      { type: 'transcript.text.delta', delta: 'I see ' },
      {
        type: 'transcript.text.done',
        text: 'I see skies',
        usage: {
          type: 'tokens',
          input_tokens: 14,
          input_token_details: { text_tokens: 10, audio_tokens: 4 },
          output_tokens: 31,
          total_tokens: 45,
        },
      },
    ]),
    usage: { input: 14, audioInput: 4, output: 31 },
  },
  {
    name: 'a transcription with its words, whose own duration is no figure of what is charged',
    body: JSON.stringify({
      task: 'transcribe',
      language: 'english',
      duration: 8.47,
      text: 'The beach',
      words: [{ word: 'The', start: 0, end: 0.3 }],
      usage: { type: 'duration', seconds: 9 },
    }),
    usage: { audioSeconds: 9 },
  },
  {
    name: 'a translation, which does not tell',
    body: JSON.stringify({ text: 'Hello', duration: 8.47 }),
    class: 'unmetered',
    usage: undefined,
  },
  {
    name: 'a batch of OpenAI that has begun',
    body: JSON.stringify({
      id: 'batch_2',
      object: 'batch',
      endpoint: '/v1/responses',
      model: 'gpt-5-2025-08-07',
      status: 'validating',
      request_counts: { total: 0, completed: 0, failed: 0 },
      usage: BATCH_USAGE,
    }),
    class: 'unmetered',
    model: 'gpt-5-2025-08-07',
    usage: undefined,
  },
  {
    name: 'a batch of Anthropic that has begun',
    body: JSON.stringify({
      id: 'msgbatch_2',
      type: 'message_batch',
      processing_status: 'in_progress',
      request_counts: { processing: 2, succeeded: 0, errored: 0, canceled: 0, expired: 0 },
      results_url: null,
    }),
    class: 'unmetered',
    usage: undefined,
  },
  {
    name: 'a batch of Gemini that has begun',
    body: JSON.stringify({
      name: 'batches/2',
      metadata: { state: 'BATCH_STATE_PENDING', batchStats: { requestCount: '2', pendingRequestCount: '2' } },
    }),
    class: 'unmetered',
    usage: undefined,
  },
  ...['queued', 'in_progress'].map((status) => ({
    name: `a response in the background that is ${status}`,
    body: JSON.stringify({ id: 'resp_2', object: 'response', status, model: 'gpt-5', usage: BATCH_USAGE }),
    class: 'unmetered' as const,
    model: 'gpt-5',
    usage: undefined,
  })),
];
