import type { Provider } from '../providers/provider';
import { JsonBody } from '../transforms/json-body';
import { stringMember, type Span } from '../transforms/json-scan';

/** One line of the table: models of this form go to this provider, under another name where one is given. */
export interface ModelRoute {
  readonly matches: (model: string) => boolean;
  readonly provider: Provider;
  readonly model?: string | undefined;
}

/** Where a request goes by its model. */
export interface Rerouted {
  readonly provider: Provider;
  /** The body, with the model's name replaced where the route is an alias; else the very same. */
  readonly json: JsonBody;
}

/**
 * One base URL for any model: an OpenAI-shaped request goes to the provider that its model belongs to, at that
 * provider's own OpenAI-compatible endpoint. Nothing is translated.
 */
export class ModelRoutes {
  constructor(private readonly routes: readonly ModelRoute[]) {}

  /** Whether a request on this path could go elsewhere, so that its body is worth reading. */
  concerns(path: string): boolean {
    return this.routes.some(({ provider }) => provider.openaiPaths.test(path));
  }

  /** @returns undefined where the request stays with the provider that it is addressed to */
  find(json: JsonBody, path: string, addressed: Provider): Rerouted | undefined {
    const { bytes: body, members } = json;
    const span = members && stringMember(body, members, 'model');
    if (!span) return undefined;
    const model = body.toString('utf8', span.start, span.end);
    const route = this.routes.find(({ matches }) => matches(model));
    if (!route?.provider.openaiPaths.test(path)) return undefined;
    if (route.provider === addressed && route.model === undefined) return undefined;
    return {
      provider: route.provider,
      json: route.model === undefined ? json : new JsonBody(replaced(body, span, route.model)),
    };
  }
}

/** Models of a form with `*` for any characters but a slash; upper and lower case differ, as they do for the providers. */
export function modelPattern(pattern: string): (model: string) => boolean {
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\/-]/g, '\\$&'))
    .join('[^/]*');
  const expression = new RegExp(`^${source}$`);
  return (model) => expression.test(model);
}

function replaced(body: Buffer, { start, end }: Span, text: string): Buffer {
  return Buffer.concat([body.subarray(0, start), Buffer.from(text), body.subarray(end)]);
}
