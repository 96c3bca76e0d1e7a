import { detectProvider, dialectOf } from '../../../src/proxy/routing/detect-provider';
import { parseTarget } from '../../../src/proxy/routing/parse-target';
import { openaiDialect } from '../../../src/dialects/openai';
import { anthropic } from '../../../src/providers/anthropic';
import { gemini } from '../../../src/providers/gemini';
import { openai } from '../../../src/providers/openai';
import { BUILT_IN, Providers } from '../../../src/providers/registry';
import { named } from '../../helpers/providers';

const providers = new Providers(BUILT_IN);
const [deepseek, openrouter] = [named('deepseek'), named('openrouter')];
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
    ['/v1/messages', bearer('gsk_1'), 'anthropic'],
    // unless the key is of a provider that has Anthropic's format as well
    ['/v1/messages', bearer('sk-or-v1-1'), 'openrouter'],
    ['/v1/messages', { 'anthropic-version': '2023-06-01', 'x-api-key': 'vck_1' }, 'vercel'],
    ['/v1/messages/count_tokens', bearer('fw_1'), 'fireworks'],
    ['/v1/messages/batches', bearer('sk-or-v1-1'), 'anthropic'],
    ['/v1/messages/count_tokens', {}, 'anthropic'],
    ['/v1/messages/batches/1/results', {}, 'anthropic'],
    ['/v1/complete', {}, 'anthropic'],
    ['/v1/completes', {}, undefined],
    ['/v1/messagesx', {}, undefined],
    ['/v1beta/models/gemini-2.5-flash:generateContent', bearer('sk-proj-1'), 'gemini'],
    ['/v1alpha/auth_tokens', {}, 'gemini'],
    ['/upload/v1beta/files', {}, 'gemini'],
    ['/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent', {}, 'gemini'],
    ['/v1beta/openai/chat/completions', bearer('sk-proj-1'), 'gemini'],
    ['/v1beta1/projects/p/locations/l/publishers/google/models/x:predict', {}, 'gemini'],
    ['/v1/projects/p/locations/l/publishers/google/models/x:predict', {}, 'gemini'],
    ['/v1/projects/p', {}, undefined],
    // then the headers
    ['/v1/models', { 'x-goog-api-key': 'anything' }, 'gemini'],
    ['/v1/models', { 'anthropic-version': '2023-06-01', ...bearer('sk-1') }, 'anthropic'],
    ['/v1/files', { 'x-api-key': 'anything' }, 'anthropic'],
    ['/v1/responses', { 'x-api-key': 'anything' }, undefined],
    ['/v1/realtime', { 'x-api-key': 'anything' }, undefined],
    ['/v1/embeddings', { 'x-goog-api-key': 'anything' }, 'gemini'],
    // then the key
    ['/v1/models', bearer('sk-ant-api03-x'), 'anthropic'],
    ['/v1/models', bearer('sk-ant-oat01-x'), 'anthropic'],
    ['/v1/models', bearer('sk-proj-x'), 'openai'],
    ['/v1/models', bearer('sk-svcacct-x'), 'openai'],
    ['/v1/chat/completions', bearer('AIzaSy-x'), 'gemini'],
    ['/v1/models?key=AIzaSy-x', {}, 'gemini'],
    ['/v1/models?key=tok-1', {}, undefined],
    ['/v1/models', bearer('sk-None-x'), 'openai'],
    ['/v1/models', bearer('AQ.Ab8RN6J-x'), 'gemini'],
    ['/v1/models?key=AQ.Ab8RN6J-x', {}, 'gemini'],
    ['/v1/models', bearer('ya29.a0-x'), 'gemini'],
    ['/v1/models', bearer('gsk_x'), 'groq'],
    ['/v1/models', bearer('xai-x'), 'xai'],
    ['/v1/models', bearer('sk-or-v1-x'), 'openrouter'],
    ['/v1/models', bearer('tgp_v1_x'), 'together'],
    ['/v1/models', bearer('bce-v3/ALTAK-1/2'), 'qianfan'],
    ['/v1/models', bearer('nvapi-1'), 'nvidia'],
    ['/v1/models', bearer('csk-1'), 'cerebras'],
    ['/v1/models', bearer('fw_1'), 'fireworks'],
    ['/v1/models', bearer('pplx-1'), 'perplexity'],
    ['/v1/models', bearer('hf_1'), 'huggingface'],
    ['/v1/models', bearer('vck_1'), 'vercel'],
    ['/v1/models', bearer('sk-1'), undefined],
    ['/v1/models', bearer('gsk_x|gsk_y'), 'groq'],
    ['/v1/models', bearer('gsk_x:tok-1'), 'groq'],
    ['/v1/models', { 'api-key': 'xai-x' }, 'xai'],
    ['/v1/models', { ...bearer('tok-1'), 'api-key': 'xai-x' }, 'xai'],
    ['/v1/models?a=1&key=gsk_x', {}, 'groq'],
    ['/v1/realtime', { 'sec-websocket-protocol': 'realtime, openai-insecure-api-key.ek_x' }, 'openai'],
    // the form of a key outweighs the header that contains it
    ['/v1/models', { 'x-api-key': 'gsk_x' }, 'groq'],
    ['/v1/models', { 'x-goog-api-key': 'sk-ant-x' }, 'anthropic'],
    ['/v1/models', { 'x-api-key': 'xsk-ant-x' }, 'anthropic'],
    ['/v1/chat/completions', { 'x-api-key': 'anything' }, 'anthropic'],
    ['/v1/chat/completions', { 'anthropic-version': '2023-06-01' }, 'anthropic'],
    ['/v1/responses', { 'anthropic-version': '2023-06-01' }, undefined],
    ['/v1/responses', { 'anthropic-version': '2023-06-01', ...bearer('sk-proj-x') }, 'openai'],
    // a header that only one provider's clients send does not send them a key that another has issued
    ['/v1/models', { 'x-goog-api-client': 'g', ...bearer('sk-ant-x') }, 'anthropic'],
    ['/v1/models', { 'anthropic-version': '2023-06-01', ...bearer('sk-proj-1') }, 'openai'],
    ['/v1/models?limit=1000', { 'anthropic-version': '2023-06-01', ...bearer('sk-or-v1-1') }, 'openrouter'],
    ['/v1/models', { 'anthropic-version': '2023-06-01', 'x-goog-api-key': 'AQ.x' }, 'gemini'],
    ['/v1/chat/completions', { 'anthropic-version': '2023-06-01', ...bearer('gsk_x') }, 'groq'],
    ['/v1/models', { 'x-goog-api-client': 'g', ...bearer('sk-x') }, 'gemini'],
    ['/v1/models', { 'x-api-key': 'anything', 'x-goog-api-client': 'g' }, 'gemini'],
    ['/v1/models', { 'x-goog-api-key': 'anything', 'anthropic-version': '2023-06-01' }, 'anthropic'],
    ['/v1/models', { 'x-api-key': 'anything', 'x-goog-api-key': 'gsk_x' }, 'groq'],
    ['/v1/models?key=tok-1&key=gsk_x', {}, 'groq'],
    ['/v1/models?key=gsk_x', bearer('xai-x'), 'xai'],
    ['/v1/realtime?key=gsk_x', { 'sec-websocket-protocol': 'openai-insecure-api-key.ek_x' }, 'groq'],
    ['/v1/realtime', { 'sec-websocket-protocol': 'realtime' }, undefined],
    // and nothing else does
    ['/v1/models', bearer('sk-x'), undefined],
    ['/v1/chat/completions', {}, undefined],
  ])('of %s with %j is %s', (path, headers, expected) => {
    expect(detectProvider(parseTarget(path, options), { method: 'GET', headers }, providers)?.name).toBe(
      expected,
    );
  });

  it.each([
    ['POST', '/v1/models/gemini-2.5-flash:countTokens', 'gemini'],
    ['POST', '/models/gemini-2.5-flash:streamGenerateContent', 'gemini'],
    ['POST', '/v1/tunedModels/x:generateContent', 'gemini'],
    ['POST', '/v1/models/batch-1:cancel', undefined],
    ['GET', '/v1/models/gemini-2.5-flash:countTokens', undefined],
    ['GET', '/v1/models/ft:gpt-4o-mini-2024-07-18:acme:support:AbCd1234', undefined],
    ['DELETE', '/v1/models/ft:gpt-4o:acme::id', undefined],
    ['POST', '/v1/models/ft:gpt-4o:acme::id', undefined],
    ['GET', '/models/ft:gpt-4o:acme::id', undefined],
    ['DELETE', '/v1/models/ft:gpt-4o:acme:generateContent', undefined],
  ])('of %s %s is %s: a colon in an id is no verb of Google’s', (method, path, expected) => {
    expect(detectProvider(parseTarget(path, options), { method, headers: {} }, providers)?.name).toBe(
      expected,
    );
  });
});

describe('the form of errors that a client expects', () => {
  it.each([
    [openai, '/v1/chat/completions', openaiDialect],
    [anthropic, '/v1/messages', anthropic.dialect],
    [anthropic, '/v1/chat/completions', openaiDialect],
    [gemini, '/v1beta/models/g:generateContent', gemini.dialect],
    [gemini, '/v1/chat/completions', openaiDialect],
    // At another provider, behind whatever prefix that has for Anthropic's API.
    [openai, '/anthropic/v1/messages', anthropic.dialect],
    [openai, '/apps/anthropic/v1/messages', anthropic.dialect],
    [openai, '/v1/messages/count_tokens', anthropic.dialect],
    [openai, '/v1/threads/thread_1/messages', openaiDialect],
    [openai, '/v1/messages-of-mine', openaiDialect],
    // Below the base URL that a provider has for Anthropic's clients, whatever the path.
    [deepseek, '/anthropic/v1/models', anthropic.dialect],
    [deepseek, '/anthropic/v1/files', anthropic.dialect],
    [deepseek, '/anthropic', openaiDialect],
    [deepseek, '/anthropics/v1/files', openaiDialect],
    [deepseek, '/v1/files/anthropic', openaiDialect],
    [openrouter, '/api/v1/credits', openaiDialect],
  ])('is that of its path: %#', (provider, path, dialect) => {
    expect(dialectOf(provider, path)).toBe(dialect);
  });
});

it('a request without a known method is read as GET', () => {
  const route = parseTarget('/v1/models/gemini-2.5-flash:countTokens', options);
  expect(detectProvider(route, { headers: {} }, providers)).toBeUndefined();
  expect(detectProvider(route, { method: 'POST', headers: {} }, providers)).toBe(gemini);
});
