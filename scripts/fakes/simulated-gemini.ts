import { SIMULATED_TEXT, type SimulatedReply } from './simulated-replies';

const JSON_TYPE = { 'content-type': 'application/json; charset=UTF-8' };

/** The Gemini API's reply to `models/NAME:VERB`, whole or streamed: https://ai.google.dev/api/generate-content */
export function geminiReply(path: string): SimulatedReply | undefined {
  const [, model = '', verb] =
    /\/models\/([^/:]+):(generateContent|streamGenerateContent|countTokens)$/.exec(path) ?? [];
  switch (verb) {
    case 'generateContent':
      return {
        status: 200,
        headers: JSON_TYPE,
        pieces: [JSON.stringify(content(model, SIMULATED_TEXT, 'STOP'))],
      };
    case 'streamGenerateContent':
      return { status: 200, headers: { 'content-type': 'text/event-stream' }, pieces: events(model) };
    case 'countTokens':
      return { status: 200, headers: JSON_TYPE, pieces: ['{"totalTokens":14}'] };
    case undefined:
    default:
      return undefined;
  }
}

/** As with `alt=sse`, which every SDK sends. */
function events(model: string): string[] {
  const words = SIMULATED_TEXT.match(/\S+\s*/g) ?? [];
  return words.map((word, at) => {
    const chunk = content(model, word, at === words.length - 1 ? 'STOP' : undefined);
    return `data: ${JSON.stringify(chunk)}\r\n\r\n`;
  });
}

function content(model: string, text: string, finishReason: string | undefined): object {
  return {
    candidates: [
      {
        content: { parts: [{ text }], role: 'model' },
        ...(finishReason === undefined ? {} : { finishReason }),
        index: 0,
      },
    ],
    usageMetadata: { promptTokenCount: 14, candidatesTokenCount: 18, totalTokenCount: 32 },
    modelVersion: model,
    responseId: 'simulated',
  };
}
