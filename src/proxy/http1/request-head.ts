/** What a request is sent as, apart from its body. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  /** Names and values in turn, with those of the framing. */
  readonly headers: readonly string[];
}

const METHOD = /^[A-Z-]+$/;
const PATH = /^[!-~\x80-\xff]+$/;
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const VALUE = /^[\t -~\x80-\xff]*$/;

/**
 * The head as it goes over the wire, in Latin-1, with its headers as they are.
 * @param connection the value of `Connection`; `undefined` if it is among the headers
 * @throws TypeError with Node's code, if a part could end the line that it stands in
 */
export function writeHead(
  { method, path, headers }: RequestHead,
  connection: 'keep-alive' | 'close' | undefined,
): string {
  if (!METHOD.test(method) || !PATH.test(path)) throw invalid('ERR_UNESCAPED_CHARACTERS');
  let head = `${method} ${path} HTTP/1.1\r\n`;
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] ?? '';
    const value = headers[at + 1] ?? '';
    if (!NAME.test(name) || !VALUE.test(value)) throw invalid('ERR_INVALID_CHAR');
    head += `${name}: ${value}\r\n`;
  }
  return connection === undefined ? `${head}\r\n` : `${head}Connection: ${connection}\r\n\r\n`;
}

function invalid(code: string): TypeError {
  return Object.assign(new TypeError('the request has a character that cannot be sent'), { code });
}
