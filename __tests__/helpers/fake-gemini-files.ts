import { createHash, randomBytes, type Hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { GeminiRequest } from './fake-gemini';
import { GOOGLE_HEADERS, NOT_FOUND, sendGoogle } from './fake-gemini-errors';

/** Every chunk but the last has a multiple of this length. */
export const CHUNK_GRANULARITY = 8 * 1024 * 1024;

interface Upload {
  readonly displayName: string | undefined;
  readonly mimeType: string;
  readonly length: number;
  readonly hash: Hash;
  received: number;
}

/** Files of the fake, by name, and the uploads under way: https://ai.google.dev/api/files */
export class FakeGeminiFiles {
  readonly #uploads = new Map<string, Upload>();
  readonly #files = new Map<string, object>();
  /** Says another origin than its own in the addresses of uploads that begin from now on. */
  uploadOrigin: string | undefined;
  /** The upload addresses that were returned, the newest last, as in the response. */
  readonly uploadUrls: string[] = [];

  /** Responds to requests about files; false for all others. `apiKeyHolds` is called if the API requires a key. */
  respond(request: GeminiRequest, apiKeyHolds: () => boolean): boolean {
    const { path, query, seen } = request;
    if (/^\/upload\/v1(?:alpha|beta)\/files$/.test(path) && seen.method === 'POST') {
      const id = query.get('upload_id');
      // The id is the permission: a chunk needs no key.
      if (id !== null) this.#continue(request, id);
      else if (apiKeyHolds()) this.#start(request);
      return true;
    }
    const name = /^\/v1(?:alpha|beta)\/files(?:\/([\w-]+))?$/.exec(path);
    if (!name) return false;
    if (apiKeyHolds()) this.#manage(request, name[1]);
    return true;
  }

  #start({ request, response, seen, path, query }: GeminiRequest): void {
    const { headers } = seen;
    if (headers['x-goog-upload-protocol'] !== 'resumable' || headers['x-goog-upload-command'] !== 'start') {
      refuseUpload(response, 400, 'Unsupported upload protocol or command.');
      return;
    }
    const { file = {} } = JSON.parse(seen.body.toString() || '{}') as { file?: { displayName?: string } };
    const id = `ABPtcP${randomBytes(140).toString('base64url')}`;
    this.#uploads.set(id, {
      displayName: file.displayName,
      mimeType: String(headers['x-goog-upload-header-content-type']),
      length: Number(headers['x-goog-upload-header-content-length']),
      hash: createHash('sha256'),
      received: 0,
    });
    // The upload server hands the query back in its address, the key among it.
    const began = query.size === 0 ? '' : `${seen.url.split('?')[1] ?? ''}&`;
    const origin = this.uploadOrigin ?? originOf(request);
    const url = `${origin}${path}?${began}upload_id=${id}&upload_protocol=resumable`;
    this.uploadUrls.push(url);
    response.writeHead(200, {
      'content-type': 'text/plain; charset=utf-8',
      'x-guploader-uploadid': id,
      'x-goog-upload-status': 'active',
      'x-goog-upload-url': url,
      'x-goog-upload-control-url': url,
      'x-goog-upload-chunk-granularity': String(CHUNK_GRANULARITY),
      server: 'UploadServer',
    });
    response.end();
  }

  #continue({ request, response, seen }: GeminiRequest, id: string): void {
    const upload = this.#uploads.get(id);
    if (!upload) {
      refuseUpload(response, 404, 'Not Found');
      return;
    }
    const commands = String(seen.headers['x-goog-upload-command']).split(/, */);
    const sendState = (status: 'active' | 'final' | 'cancelled', problem?: string) => {
      const headers = {
        'x-goog-upload-status': status,
        'x-goog-upload-size-received': String(upload.received),
      };
      if (status !== 'active') this.#uploads.delete(id);
      if (problem !== undefined) refuseUpload(response, 400, problem, headers);
      else if (status === 'final') sendGoogle(response, 200, { file: this.#keep(request, upload) }, headers);
      else response.writeHead(200, headers).end();
    };
    if (commands[0] === 'query' || commands[0] === 'cancel') {
      sendState(commands[0] === 'query' ? 'active' : 'cancelled');
      return;
    }
    const finalize = commands.includes('finalize');
    if (Number(seen.headers['x-goog-upload-offset']) !== upload.received) {
      sendState('active', 'The offset is not where the upload stands.');
    } else if (!finalize && seen.body.length % CHUNK_GRANULARITY !== 0) {
      sendState('active', 'A chunk is no multiple of the granularity.');
    } else {
      upload.hash.update(seen.body);
      upload.received += seen.body.length;
      if (!finalize) sendState('active');
      else if (upload.received === upload.length) sendState('final');
      else sendState('active', 'The upload was ended before its length.');
    }
  }

  #keep(request: IncomingMessage, upload: Upload): object {
    const id = randomBytes(6).toString('hex');
    const file = {
      name: `files/${id}`,
      ...(upload.displayName === undefined ? {} : { displayName: upload.displayName }),
      mimeType: upload.mimeType,
      sizeBytes: String(upload.received),
      createTime: '2030-01-01T00:00:00.000000Z',
      updateTime: '2030-01-01T00:00:00.000000Z',
      expirationTime: '2030-01-03T00:00:00.000000Z',
      sha256Hash: Buffer.from(upload.hash.digest('hex')).toString('base64'), // base64 of hex, as the API has it
      uri: `${originOf(request)}/v1beta/files/${id}`,
      state: 'ACTIVE',
      source: 'UPLOADED',
    };
    this.#files.set(id, file);
    return file;
  }

  #manage({ response, seen }: GeminiRequest, id: string | undefined): void {
    if (id === undefined) {
      sendGoogle(response, 200, this.#files.size === 0 ? {} : { files: [...this.#files.values()] });
      return;
    }
    const file = this.#files.get(id);
    if (!file) {
      const message = `You do not have permission to access the File ${id} or it may not exist.`;
      sendGoogle(response, 403, { error: { code: 403, message, status: 'PERMISSION_DENIED' } });
    } else if (seen.method === 'GET') {
      sendGoogle(response, 200, file);
    } else if (seen.method === 'DELETE') {
      this.#files.delete(id);
      sendGoogle(response, 200, {});
    } else {
      sendGoogle(response, 404, NOT_FOUND);
    }
  }
}

function originOf(request: IncomingMessage): string {
  return `${request.socket instanceof TLSSocket ? 'https' : 'http'}://${String(request.headers.host)}`;
}

function refuseUpload(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = { 'x-goog-upload-status': 'final' },
): void {
  response.writeHead(status, { ...GOOGLE_HEADERS, 'content-type': 'text/plain; charset=utf-8', ...headers });
  response.end(text);
}
