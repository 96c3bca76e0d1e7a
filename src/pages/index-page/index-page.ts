import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { CONSOLE_FILE } from './console-file';
import { CONTENT_SECURITY_POLICY } from './content-security-policy';
import { languageOf } from './language';
import { indexPage, type PageContent } from './markup';
import { scriptName } from './script-name';

/** The page's path below the proxy's, and what it shows. */
export interface IndexPage extends Omit<PageContent, 'language'> {
  /** The value of `?lang=`, as the query parser gives it. */
  readonly requestedLanguage: unknown;
}

/** Sends the page at `/`. */
export function sendIndexPage(
  request: IncomingMessage,
  response: ServerResponse,
  { requestedLanguage, ...content }: IndexPage,
): void {
  const language = languageOf(requestedLanguage, request.headers['accept-language']);
  response.appendHeader('Vary', 'Accept-Language');
  response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
  response.setHeader('Referrer-Policy', 'no-referrer'); // the page's path may contain an access token
  send(response, 'text/html; charset=utf-8', Buffer.from(indexPage({ ...content, language })));
}

/**
 * Sends the page's script, which a browser keeps for good: another script has another name.
 * @param name the last segment of the path
 * @returns false if there is no such script
 */
export function sendScript(request: IncomingMessage, response: ServerResponse, name: string): boolean {
  if (!CONSOLE_FILE || name !== scriptName(CONSOLE_FILE)) return false;
  const packed = Buffer.from(CONSOLE_FILE.packedScript, 'base64');
  const accepts = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(
    String(request.headers['accept-encoding']).slice(0, 1_000),
  );
  response.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
  response.appendHeader('Vary', 'Accept-Encoding');
  if (accepts) response.setHeader('Content-Encoding', 'gzip');
  send(response, 'text/javascript; charset=utf-8', accepts ? packed : gunzipSync(packed));
  return true;
}

/** Node sends no body for HEAD. */
function send(response: ServerResponse, type: string, body: Buffer): void {
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', body.length);
  response.end(body);
}
