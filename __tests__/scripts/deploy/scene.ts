import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { startLocalScf, type LocalScf } from '../../../scripts/local-scf';
import { Project, type Run } from './project';

const WRITES = /^(?:Create|Update|Delete)/;

/** A project of a team, an SCF to deploy it to, and the upstream behind. */
export class Scene {
  private constructor(
    readonly upstream: FakeUpstream,
    readonly scf: LocalScf,
    readonly project: Project,
  ) {}

  static async start(): Promise<Scene> {
    const upstream = await startFakeUpstream();
    const scf = await startLocalScf({ settlingMs: 40 });
    const project = new Project({
      TENCENT_SECRET_ID: scf.credentials.secretId,
      TENCENT_SECRET_KEY: scf.credentials.secretKey,
      TENCENT_SCF_ENDPOINT: scf.endpoint,
      OPENAI_UPSTREAM: upstream.origin,
      ANTHROPIC_UPSTREAM: upstream.origin,
      OPENAI_API_KEYS: 'sk-proj-of-the-server',
      ANTHROPIC_API_KEYS: 'sk-ant-of-the-server',
      ACCESS_TOKENS: 'me:first-token-0123456789',
    });
    return new Scene(upstream, scf, project);
  }

  /** Runs the command; resolves with its output and the calls that it made. */
  async deploy(...args: string[]): Promise<Run & { readonly calls: string[]; readonly writes: string[] }> {
    const before = this.scf.calls.length;
    const run = await this.project.run(...args);
    const calls = this.scf.calls.slice(before).map(({ action }) => action);
    return { ...run, calls, writes: calls.filter((action) => WRITES.test(action)) };
  }

  async stop(): Promise<void> {
    this.project.remove();
    await this.scf.close();
    await this.upstream.close();
  }
}

/** The public URL, as it was printed. */
export function urlIn(output: string): string {
  const url = /^Public URL: (\S+)$/m.exec(output)?.[1];
  expect(url).toMatch(/^http:\/\//);
  return url ?? '';
}

/** A whole streamed response, by the official client. */
export async function openaiResponse(url: string, token: string): Promise<string> {
  const client = new OpenAI({ apiKey: token, baseURL: `${url}/v1`, maxRetries: 0 });
  const stream = await client.chat.completions.create({
    model: 'm',
    stream: true,
    messages: [{ role: 'user', content: 'Hi' }],
  });
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  return text;
}

export async function anthropicResponse(url: string, token: string): Promise<string> {
  const client = new Anthropic({ apiKey: token, baseURL: url, maxRetries: 0 });
  const stream = client.messages.stream({
    model: 'm',
    max_tokens: 100,
    messages: [{ role: 'user', content: 'Hi' }],
  });
  return stream.finalText();
}
