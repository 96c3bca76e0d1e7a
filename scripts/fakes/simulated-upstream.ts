import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { geminiReply } from './simulated-gemini';
import { simulatedReply, type SimulatedReply } from './simulated-replies';

/** The pause between two events of a stream, as while a model thinks. */
const PACE_MS = 60;

/** A server that responds as the providers' APIs would, each at its own paths; nothing leaves this machine. */
export function createSimulatedUpstream(): Server {
  return http.createServer((request, response) => {
    void respond(request, response);
  });
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  const path = (request.url ?? '/').replace(/\?.*$/s, '');
  const reply =
    geminiReply(path) ??
    simulatedReply({ method: request.method ?? 'GET', path: asOpenai(path), ...readRequest(text) });
  await send(
    response,
    reply ?? {
      status: 404,
      headers: { 'content-type': 'application/json' },
      pieces: [
        '{"error":{"message":"The simulation has no such path.","type":"invalid_request_error","param":null,"code":"unknown_url"}}',
      ],
    },
  );
}

/** OpenAI's API as Gemini and Azure have it: below `/v1beta/openai`, `/openai/v1` or `/openai/deployments/NAME`. */
function asOpenai(path: string): string {
  return path.replace(/^\/(?:v1beta\/openai|openai\/deployments\/[^/]+)\//, '/v1/');
}

function readRequest(text: string): { stream: boolean; model: string } {
  try {
    const body = JSON.parse(text) as { stream?: unknown; model?: unknown };
    return { stream: body.stream === true, model: typeof body.model === 'string' ? body.model : 'simulated' };
  } catch {
    return { stream: false, model: 'simulated' };
  }
}

async function send(response: ServerResponse, reply: SimulatedReply): Promise<void> {
  response.writeHead(reply.status, reply.headers);
  for (const piece of reply.pieces) {
    if (response.destroyed) return;
    response.write(piece);
    if (reply.pieces.length > 1) await wait(PACE_MS);
  }
  response.end();
}
