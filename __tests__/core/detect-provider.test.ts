import { detectProvider } from '../../src/core/detect-provider';
import { resolveRoute } from '../../src/core/route';
import { anthropic } from '../../src/providers/anthropic';
import { openai } from '../../src/providers/openai';
import { BUILT_IN, Providers } from '../../src/providers/registry';

const providers = new Providers(BUILT_IN);
const options = { stagePrefixes: [], providers };
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

describe('detectProvider', () => {
  it.each([
    // the segment outweighs all else
    ['/openai/v1/messages', { 'anthropic-version': '2023-06-01' }, 'openai'],
    ['/anthropic/v1/models', bearer('sk-proj-1'), 'anthropic'],
    // then the path: Claude Code sends a Bearer token to it
    ['/v1/messages', bearer('anything'), 'anthropic'],
    ['/v1/messages', bearer('sk-proj-1'), 'anthropic'],
    ['/v1/messages/count_tokens', {}, 'anthropic'],
    ['/v1/messages/batches/1/results', {}, 'anthropic'],
    ['/v1/complete', {}, 'anthropic'],
    ['/v1/completes', {}, 'openai'],
    ['/v1/messagesx', {}, 'openai'],
    ['/v1beta/models/gemini-2.5-flash:generateContent', bearer('sk-proj-1'), 'gemini'],
    ['/v1alpha/auth_tokens', {}, 'gemini'],
    ['/upload/v1beta/files', {}, 'gemini'],
    ['/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent', {}, 'gemini'],
    ['/v1/models/gemini-2.5-flash:countTokens', {}, 'gemini'],
    ['/v1beta/openai/chat/completions', bearer('sk-proj-1'), 'gemini'],
    // then the headers
    ['/v1/models', { 'x-goog-api-key': 'anything' }, 'gemini'],
    ['/v1/models', { 'anthropic-version': '2023-06-01', ...bearer('sk-proj-1') }, 'anthropic'],
    ['/v1/files', { 'x-api-key': 'anything' }, 'anthropic'],
    ['/v1/responses', { 'x-api-key': 'anything' }, 'openai'],
    ['/v1/realtime', { 'x-api-key': 'anything' }, 'openai'],
    ['/v1/embeddings', { 'x-goog-api-key': 'anything' }, 'gemini'],
    // then the key
    ['/v1/models', bearer('sk-ant-api03-x'), 'anthropic'],
    ['/v1/models', bearer('sk-ant-oat01-x'), 'anthropic'],
    ['/v1/models', bearer('sk-proj-x'), 'openai'],
    ['/v1/models', bearer('sk-svcacct-x'), 'openai'],
    ['/v1/chat/completions', bearer('AIzaSy-x'), 'gemini'],
    ['/v1/models?key=AIzaSy-x', {}, 'gemini'],
    ['/v1/models?key=tok-1', {}, 'openai'],
    // then the default
    ['/v1/models', bearer('sk-x'), 'openai'],
    ['/v1/chat/completions', {}, 'openai'],
  ])('%s with %j is for %s', (path, headers, expected) => {
    expect(detectProvider(resolveRoute(path, options), headers, providers, openai).name).toBe(expected);
  });

  it('falls back to the configured default only where nothing else tells', () => {
    expect(
      detectProvider(resolveRoute('/v1/models', options), bearer('sk-x'), providers, anthropic).name,
    ).toBe('anthropic');
    expect(
      detectProvider(resolveRoute('/v1/models', options), bearer('sk-proj-x'), providers, anthropic).name,
    ).toBe('openai');
  });
});
