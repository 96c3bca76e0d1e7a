import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import type { ProxyChoice } from '../../src/proxy/connect/http-proxy';
import { agentFor } from '../shared/agents';

/** A GET. Redirects are not followed. */
export type HttpGet = (url: string) => Promise<{ readonly status: number; readonly text: string }>;

const RESPONSE_TIMEOUT_MS = 15_000;

/**
 * Each call opens a connection of its own, to the address of the name that responds first.
 * @param httpProxy the user's HTTP proxy; without it connections are direct
 */
export function httpGet(httpProxy?: ProxyChoice): HttpGet {
  return (url) =>
    new Promise((resolve, reject) => {
      const request = url.startsWith('https:') ? requestHttps : requestHttp;
      const options = { agent: agentFor(url, httpProxy), signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS) };
      request(url, options, (response) => {
        const { statusCode: status = 0 } = response;
        text(response).then((body) => {
          resolve({ status, text: body });
        }, reject);
      })
        .on('error', reject)
        .end();
    });
}
