import { isFree, isMetered, makesImages } from '../../src/meter/endpoints';

it.each([
  ['POST', true],
  ['GET', false],
  ['DELETE', false],
  ['PUT', false],
])('%s may cost something: %s', (method, expected) => {
  expect(isMetered(method)).toBe(expected);
});

it.each([
  ['/v1/messages/count_tokens', true],
  ['/v1beta/models/g:countTokens', true],
  ['/v1/projects/p/locations/l/publishers/google/models/g:computeTokens', true],
  ['/v1/responses/input_tokens', true],
  ['/v1/moderations', true],
  ['/v1/files', true],
  ['/v1/uploads', true],
  ['/v1/uploads/upload_1', true],
  ['/v1/uploads/upload_1/parts', true],
  ['/v1/uploads/upload_1/complete', true],
  ['/v1/uploads/upload_1/cancel', true],
  ['/v1/realtime/client_secrets', true],
  ['/v1/responses/resp_1/cancel', true],
  ['/v1/batches/1:cancel', true],
  ['/v1/chat/completions', false],
  ['/v1/messages', false],
  ['/v1/responses', false],
  ['/v1/uploads/upload_1/parts/2', false],
  ['/v1/moderations/x', false],
  ['/v1/embeddings', false],
  ['/v1/files/completions', false],
])('%s is free of charge: %s', (path, expected) => {
  expect(isFree(path)).toBe(expected);
});

it.each([
  ['/v1/images/generations', true],
  ['/v1/images/edits', true],
  ['/v1/images/variations', true],
  ['/v1beta/models/imagen-4:predict', true],
  ['/v1/images/generations/1', false],
  ['/v1/images/others', false],
  ['/v1/chat/completions', false],
  ['/v1beta/models/g:predictLongRunning', false],
])('%s makes images: %s', (path, expected) => {
  expect(makesImages(path)).toBe(expected);
});
