/** Whether uploads begin and continue at a path. */
export function isUploadPath(path: string): boolean {
  return path.startsWith('/upload/');
}

/** Whether a request continues a resumable upload, for which its `upload_id` is the credential. */
export function continuesUpload({ path, query }: { readonly path: string; readonly query: string }): boolean {
  return isUploadPath(path) && uploadIdIn(query) !== undefined;
}

/** The id of a resumable upload; `undefined` if the query has none, or more than one. */
export function uploadIdIn(query: string): string | undefined {
  if (!query.includes('upload_id=')) return undefined;
  const ids = query
    .slice(1)
    .split('&')
    .filter((part) => part.startsWith('upload_id='));
  const id = ids[0]?.slice('upload_id='.length);
  return ids.length === 1 && id !== '' ? id : undefined;
}
