import { AddedUsageFilter } from '../../../src/proxy/response/added-usage';

const USAGE = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
const DECOY = 'ä😀 "usage":null, "choices":[],"usage":{"prompt_tokens":1}\\\n\ndata: x';

/** The same stream, as it is with and without the usage that was asked for. */
function streams(lineEnd: string) {
  const end = lineEnd + lineEnd;
  const event = (data: string) => `data: ${data}${end}`;
  const chunk = (content: string, more = '') =>
    event(
      `{"id":"c","choices":[{"index":0,"delta":${JSON.stringify({ content })}}]${more},"obfuscation":"x"}`,
    );
  const added = event(JSON.stringify({ id: 'c', choices: [], usage: USAGE }));
  const make = (more: string, last: string) =>
    [`: ping${end}`, chunk('Hi', more), chunk(DECOY, more), chunk('', more), last, event('[DONE]')].join('');
  return { withUsage: make(',"usage":null', added), withoutUsage: make('', '') };
}

function filtered(chunks: readonly Buffer[]): string {
  const filter = new AddedUsageFilter();
  return Buffer.concat([...chunks.map((chunk) => filter.push(chunk)), filter.end()]).toString();
}

describe('The usage that the proxy has asked for', () => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('is taken out of a stream with %s, wherever that is cut', (_name, lineEnd) => {
    const { withUsage, withoutUsage } = streams(lineEnd);
    const bytes = Buffer.from(withUsage);
    for (let first = 0; first <= bytes.length; first++) {
      const cut = filtered([bytes.subarray(0, first), bytes.subarray(first)]);
      expect([first, cut]).toEqual([first, withoutUsage]);
    }
    for (let size = 1; size < 40; size++) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      expect([size, filtered(chunks)]).toEqual([size, withoutUsage]);
    }
  });

  it('is taken out if the stream ends with it, without a blank line', () => {
    const event = `data: ${JSON.stringify({ choices: [], usage: USAGE })}`;
    expect(filtered([Buffer.from(`data: [DONE]\n\n${event}`)])).toBe('data: [DONE]\n\n');
  });

  it.each([
    ['{"usage":null,"choices":[{}]}', '{"choices":[{}]}'],
    ['{"usage":null}', '{}'],
    ['{"choices":[{}] , "usage" : null }', '{"choices":[{}] }'],
  ])('is taken out of %s, where it is null', (event, left) => {
    expect(filtered([Buffer.from(`data:${event}\n\n`)])).toBe(`data:${left}\n\n`);
  });
});

describe('An event is left as it is', () => {
  it.each([
    ['with a usage and choices', `data: {"choices":[{}],"usage":${JSON.stringify(USAGE)}}\n\n`],
    ['without choices and usage', 'data: {"choices":[],"prompt_filter_results":[],"x":"usage"}\n\n'],
    ['that is not JSON', 'data: {"choices":[],"usage":{}\n\n'],
    ['with a name', `event: x\ndata: {"choices":[],"usage":{}}\n\n`],
    ['of comments', ': {"choices":[],"usage":{}}\n\n'],
    ['that has no end', 'data: {"choices":[{}],"us'],
    [
      'that is longer than any with a usage',
      `data: {"choices":[],"x":"${'y'.repeat(20_000)}","usage":{"prompt_tokens":1}}\n\ndata: [DONE]\n\n`,
    ],
  ])('%s', (_which, event) => {
    const bytes = Buffer.from(event);
    for (const size of [1, 7, 1_000, 100_000]) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      expect(filtered(chunks)).toBe(event);
    }
  });

  it('and given on once it is whole, or too long to be the one that is looked for', () => {
    const filter = new AddedUsageFilter();
    expect(filter.push(Buffer.from('data: a\n\ndata: b')).toString()).toBe('data: a\n\n');
    expect(filter.push(Buffer.from('\n')).length).toBe(0);
    expect(filter.push(Buffer.from('\n')).toString()).toBe('data: b\n\n');
    expect(filter.push(Buffer.alloc(20_000, 'x')).length).toBeGreaterThan(19_990);
  });
});
