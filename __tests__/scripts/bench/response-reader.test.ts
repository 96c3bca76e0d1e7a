import { ResponseReader } from '../../../scripts/bench/rig/response-reader';

function readerOf(said: string[]) {
  return new ResponseReader({
    onHead: (status) => said.push(String(status)),
    onBody: (part) => said.push(part.toString()),
    onEnd: () => said.push('end'),
  });
}

const bodyOf = (said: readonly string[]) => said.filter((each) => !/^(\d{3}|end)$/.test(each)).join('');

describe('the response reader', () => {
  const RESPONSES =
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello' +
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n' +
    'HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n';

  test('reads counted, chunked and empty responses from one connection', () => {
    const said: string[] = [];
    const reader = readerOf(said);
    reader.feed(Buffer.from(RESPONSES));
    expect(said.join('|')).toBe('200|hello|end|200|abc|de|end|401|end');
    expect(reader.close()).toBe(true);
  });

  test('reads the same wherever the bytes are cut', () => {
    for (let cut = 1; cut < RESPONSES.length; cut++) {
      const said: string[] = [];
      const reader = readerOf(said);
      reader.feed(Buffer.from(RESPONSES.slice(0, cut)));
      reader.feed(Buffer.from(RESPONSES.slice(cut)));
      expect(bodyOf(said)).toBe('helloabcde');
      expect(said.filter((each) => each === 'end')).toHaveLength(3);
    }
  });

  test('reports a connection that closes during a response as an improper end, unless that is how the response ends', () => {
    const cut = readerOf([]);
    cut.feed(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel'));
    expect(cut.close()).toBe(false);
    const said: string[] = [];
    const open = readerOf(said);
    open.feed(Buffer.from('HTTP/1.1 200 OK\r\n\r\nall'));
    expect(open.close()).toBe(true);
    expect(said).toEqual(['200', 'all', 'end']);
  });

  test('rejects what is not HTTP', () => {
    expect(() => readerOf([]).feed(Buffer.from('SSH-2.0\r\n\r\n'))).toThrow('not a response');
  });
});
