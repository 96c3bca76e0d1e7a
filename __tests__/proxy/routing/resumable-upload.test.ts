import { continuesUpload, isUploadPath, uploadIdIn } from '../../../src/proxy/routing/resumable-upload';

it.each([
  ['/upload/v1beta/files', '?upload_id=1', true, true],
  ['/upload/v1beta/files', '?a=1', true, false],
  ['/upload/v1beta/files', '', true, false],
  ['/v1/chat/completions', '?upload_id=1', false, false],
  ['/v1/upload/', '?upload_id=1', false, false],
  ['/uploads/v1beta/files', '?upload_id=1', false, false],
])('%s%s is for uploads: %s, and continues one: %s', (path, query, uploads, continues) => {
  expect(isUploadPath(path)).toBe(uploads);
  expect(continuesUpload({ path, query })).toBe(continues);
});

it.each([
  ['?upload_id=x', 'x'],
  ['?a=1&upload_id=x%2F&b', 'x%2F'],
  ['?upload_id=x&upload_id=x', undefined],
  ['?upload_id=x&upload_id=', undefined],
  ['?my_upload_id=x', undefined],
  ['?a=upload_id=', undefined],
  ['?upload_id=', undefined],
  ['?upload_id', undefined],
  ['', undefined],
])('the id of the upload in %j is %s', (query, id) => {
  expect(uploadIdIn(query)).toBe(id);
});
