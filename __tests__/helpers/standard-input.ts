import { Readable } from 'node:stream';

/** A text as standard input brings it: in pieces that end anywhere, also within a character. */
export function inputOf(text: string, pieceBytes: number): Readable {
  return Readable.from(piecesOf(Buffer.from(text), pieceBytes));
}

function* piecesOf(bytes: Buffer, pieceBytes: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}
