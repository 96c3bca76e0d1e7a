import { modelPattern } from '../proxy/routing/model-routes';
import type { ModelRouteEntry } from './parsers/routing';

/** Stands for what a `*` of the later pattern stands for; no model has it. */
const ANYTHING = '\0';

/**
 * Lines of MODEL_ROUTES that no request can reach, because the first line that fits is taken.
 * @param lines in their order; none if they could not be read
 */
export function modelRouteProblems(lines: readonly Pick<ModelRouteEntry, 'pattern'>[] = []): string[] {
  const patterns = lines.map(({ pattern }) => pattern);
  return patterns.flatMap((pattern, at) => {
    const before = patterns.slice(0, at).find((earlier) => covers(earlier, pattern));
    if (before === undefined) return [];
    return before === pattern
      ? [
          `MODEL_ROUTES has two lines for ${pattern}, of which only the first would count. Remove one of them.`,
        ]
      : [
          `MODEL_ROUTES has a line for ${pattern} that no request can reach, because ${before}, which stands before it, takes all its models. Move it before that, or remove it.`,
        ];
  });
}

/** Whether every model that the later pattern matches is one of the earlier's. */
function covers(earlier: string, later: string): boolean {
  return modelPattern(earlier)(later.replaceAll('*', ANYTHING));
}
