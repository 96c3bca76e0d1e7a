import fc from 'fast-check';
import {
  collapseSlashes,
  withVersion,
  withoutRepetitions,
  withoutTrailingSlash,
} from '../../../src/proxy/routing/normalise-path';
import { gemini } from '../../../src/providers/gemini';

/** All of it, as the proxy does it. */
function repairPath(path: string, versioned: boolean): string {
  const once = withoutRepetitions(path);
  return withoutTrailingSlash(versioned ? withVersion(once, gemini.missingVersion?.(once, 'POST')) : once);
}

/** Paths of the providers' references, each with what may stand below it. */
const EXISTING = [
  '/v1/chat/completions',
  '/v1/chat/completions/chatcmpl-1',
  '/v1/chat/completions/chatcmpl-1/messages',
  '/v1/completions',
  '/v1/embeddings',
  '/v1/models',
  '/v1/models/ft:gpt-4o-mini:org::id',
  '/v1/responses',
  '/v1/responses/resp_1/input_items',
  '/v1/responses/input_tokens',
  '/v1/responses/compact',
  '/v1/realtime/client_secrets',
  '/v1/audio/speech',
  '/v1/files/file-1/content',
  '/v1/uploads/upload_1/parts',
  '/v1/threads/thread_1/messages',
  '/v1/threads/thread_1/runs/run_1/steps',
  '/v1/vector_stores/vs_1/file_batches',
  '/v1/organization/usage/completions',
  '/v1/organization/projects/p/models',
  '/dashboard/billing/usage',
  '/v1/dashboard/billing/subscription',
  '/v1/messages',
  '/v1/messages/count_tokens',
  '/v1/messages/batches',
  '/v1/messages/batches/msgbatch_1/results',
  '/v1/complete',
  '/v1beta/models',
  '/v1beta/models/gemini-2.5-flash:streamGenerateContent',
  '/v1beta/openai/chat/completions',
  '/v1beta/openai/models',
  '/v1beta/files/abc',
  '/v1alpha/auth_tokens',
  '/v1/v1x/models',
  '/upload/v1beta/files',
  '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent',
  '/openai/deployments/gpt-4o/chat/completions',
  '/beta/completions',
  '/api/hello',
  '/',
];

describe('repairPath', () => {
  it.each(EXISTING)('does not change %s', (path) => {
    expect(repairPath(path, true)).toBe(path);
    expect(collapseSlashes(path)).toBe(path);
  });

  it.each([
    ['/v1/v1/chat/completions', '/v1/chat/completions'],
    ['/v1/v1/v1/models', '/v1/models'],
    ['/v1/v1beta/models/gemini-2.5-flash:generateContent', '/v1beta/models/gemini-2.5-flash:generateContent'],
    ['/v1beta/v1beta/models', '/v1beta/models'],
    ['/chat/completions', '/v1/chat/completions'],
    ['/models', '/v1/models'],
    ['/models/gpt-5', '/v1/models/gpt-5'],
    ['/models/gemini-2.5-flash:generateContent', '/v1beta/models/gemini-2.5-flash:generateContent'],
    ['/models/ft:gpt-4o-mini:org::id', '/v1/models/ft:gpt-4o-mini:org::id'],
    ['/models/ft:x', '/v1/models/ft:x'],
    ['/tunedModels/x:transferOwnership', '/v1beta/tunedModels/x:transferOwnership'],
    ['/v2/v1beta2/models', '/v1beta2/models'],
    ['/responses', '/v1/responses'],
    ['/messages', '/v1/messages'],
    ['/messages/count_tokens', '/v1/messages/count_tokens'],
    ['/audio/speech', '/v1/audio/speech'],
    ['/images/generations', '/v1/images/generations'],
    ['/chat/completions/chat/completions', '/v1/chat/completions'],
    ['/v1/chat/completions/chat/completions', '/v1/chat/completions'],
    ['/v1/chat/completions/v1/chat/completions', '/v1/chat/completions'],
    ['/v1/chat/completions/v1/models', '/v1/models'],
    ['/v1/chat/completions/models', '/v1/models'],
    ['/v1/messages/v1/messages', '/v1/messages'],
    ['/v1/messages/v1/messages/count_tokens', '/v1/messages/count_tokens'],
    ['/v1/responses/responses', '/v1/responses'],
    ['/v1/chat/completions/', '/v1/chat/completions'],
    ['/v1/models/', '/v1/models'],
  ])('normalises %s to %s', (path, normalised) => {
    expect(repairPath(path, true)).toBe(normalised);
  });

  it('adds no version if the upstream’s own base contains it', () => {
    expect(repairPath('/chat/completions', false)).toBe('/chat/completions');
    expect(repairPath('/chat/completions/chat/completions', false)).toBe('/chat/completions');
  });

  it('changes nothing the second time, whatever the segments', () => {
    const segment = fc.constantFrom(
      ...[
        'v1',
        'v1beta',
        'chat',
        'completions',
        'models',
        'messages',
        'responses',
        'batches',
        'x',
        'openai',
        '',
      ],
    );
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 8 }), fc.boolean(), (segments, versioned) => {
        const once = repairPath(collapseSlashes(`/${segments.join('/')}`), versioned);
        expect(repairPath(once, versioned)).toBe(once);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('collapseSlashes', () => {
  it.each([
    ['//v1/models', '/v1/models'],
    ['/v1//chat///completions', '/v1/chat/completions'],
    ['//', '/'],
  ])('turns %s into %s', (path, collapsed) => {
    expect(collapseSlashes(path)).toBe(collapsed);
  });
});
