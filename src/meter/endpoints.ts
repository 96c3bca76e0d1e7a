/** Requests that cost nothing: they count tokens, store what others use, or judge a text. */
const FREE =
  /(?:\/count_tokens|:countTokens|:computeTokens|\/responses\/input_tokens|\/moderations|\/files|\/uploads(?:\/[^/]+(?:\/(?:parts|complete|cancel))?)?|\/client_secrets|\/cancel|:cancel)$/;

const IMAGES = /(?:\/images\/(?:generations|edits|variations)|:predict)$/;

/** Whether a request may cost something: the meter looks at its response. */
export function isMetered(method: string): boolean {
  // Whoever reads a response again, or a batch, uses nothing: its figures were counted, or would be twice.
  return method === 'POST';
}

/** @param path normalised, without a query */
export function isFree(path: string): boolean {
  return !isUsual(path) && FREE.test(path);
}

/** Whether most requests have such a path: for them the expression is never compiled. */
function isUsual(path: string): boolean {
  return path.endsWith('/completions') || path.endsWith('/messages') || path.endsWith('/responses');
}

/** @param path normalised, without a query */
export function makesImages(path: string): boolean {
  return (path.includes('/images/') || path.endsWith(':predict')) && IMAGES.test(path);
}
