import { JsonBody } from '../../src/json/json-body';
import { askForUsage } from '../../src/transforms/ask-for-usage';

const ask = (body: string) => askForUsage(new JsonBody(Buffer.from(body))).bytes.toString();

describe('A streamed chat that does not ask for its usage', () => {
  it.each([
    ['{"stream":true}', '{"stream":true,"stream_options":{"include_usage":true}}'],
    [
      '{ "stream" : true , "seed": 12345678901234567890 }\n',
      '{ "stream" : true , "seed": 12345678901234567890,"stream_options":{"include_usage":true} }\n',
    ],
    [
      '{"stream":true,"stream_options":null,"n":1}',
      '{"stream":true,"stream_options":{"include_usage":true},"n":1}',
    ],
    ['{"stream_options":{},"stream":true}', '{"stream_options":{"include_usage":true},"stream":true}'],
    [
      '{"stream":true,"stream_options":{ "include_obfuscation":false }}',
      '{"stream":true,"stream_options":{"include_usage":true, "include_obfuscation":false }}',
    ],
  ])('asks for it, and is otherwise the same: %s', (body, asking) => {
    expect(ask(body)).toBe(asking);
    expect(ask(asking)).toBe(asking);
  });
});

describe('A chat is left as it is', () => {
  it.each([
    ['that is not streamed', '{"model":"m"}'],
    ['that says it is not to be streamed', '{"stream":false}'],
    ['whose stream is no boolean', '{"stream":"true"}'],
    ['that asks for its usage', '{"stream":true,"stream_options":{"include_usage":true}}'],
    ['that does not want its usage', '{"stream":true,"stream_options":{"include_usage":false}}'],
    ['whose options are no object', '{"stream":true,"stream_options":[]}'],
    ['whose message says what a parameter would', '{"messages":[{"stream":true}]}'],
    ['that is not an object', '[{"stream":true}]'],
    ['that is not JSON', '{"stream":true'],
  ])('%s', (_which, body) => {
    const json = new JsonBody(Buffer.from(body));
    expect(askForUsage(json)).toBe(json);
  });
});
