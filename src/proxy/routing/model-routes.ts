import { ProxyError } from '../../errors/proxy-error';
import {
  hasSharedFormat,
  inFormatOf,
  isChatFormat,
  isResponsesPath,
  servesPath,
  servesSocket,
} from '../../providers/formats';
import type { Provider } from '../../providers/provider';
import { JsonBody } from '../../json/json-body';
import { memberNamed, stringMember, type Member, type ObjectSpan } from '../../json/scan';
import { Memo } from './memo';
import { ProviderPrefixes, type ModelAt } from './provider-prefixes';
import type { RequestChain, RouteChain } from './route-chain';

/** No real model has a longer name. */
export const MAX_MODEL_BYTES = 200;

/** One line of the table: models of this form go to this provider, under another name if one is given. */
export interface ModelRoute {
  readonly matches: (model: string) => boolean;
  readonly provider: Provider;
  readonly model?: string | undefined;
  /** The providers that may serve it in turn, of which `provider` is the first; `undefined` if there is no other. */
  readonly chain?: RouteChain | undefined;
  /** The user's name for that model, if it is one name and not a pattern. */
  readonly alias?: string | undefined;
}

/** The destination of a request, by its model. */
export interface Rerouted {
  readonly provider: Provider;
  /** The body, with the model's name replaced if the route is an alias of one provider; else the same object. */
  readonly json: JsonBody;
  /** As the route's, of providers that serve the request's format. */
  readonly chain?: RequestChain | undefined;
}

/**
 * One base URL for any model: a request in a format that several providers serve goes to the one that its model belongs
 * to, at that provider's own endpoint for the format. Nothing is translated.
 */
export class ModelRoutes {
  readonly #prefixes: ProviderPrefixes;
  /** Of a model the first route that matches it, or `null`: most servers have a hundred routes, and few models. */
  readonly #first = new Memo((model: string) => this.routes.find(({ matches }) => matches(model)) ?? null);

  /** @param withKeys the providers whose names count before those of models */
  constructor(
    private readonly routes: readonly ModelRoute[],
    withKeys: readonly Provider[] = [],
  ) {
    this.#prefixes = new ProviderPrefixes(withKeys);
  }

  /** The user's own names of models, with what they may stand for, the first before the others. */
  get aliases(): readonly { readonly alias: string; readonly targets: readonly ModelAt[] }[] {
    return this.routes.flatMap(({ alias, provider, model = alias, chain }) => {
      if (alias === undefined || model === undefined) return [];
      const members = chain?.members ?? [{ provider, model }];
      return { alias, targets: members.map((member) => ({ ...member, model: member.model ?? alias })) };
    });
  }

  /** Where a model goes in a request that is addressed to a provider, whatever the format. */
  destinationOf(model: string, addressed: Provider): ModelAt {
    const route = this.#routeOf(model, addressed);
    return { provider: route?.provider ?? addressed, model: route?.model ?? model };
  }

  /** Whether a request on this path could be changed, so that its body must be read. */
  concern(path: string, addressed: Provider): boolean {
    return (
      hasSharedFormat(path) &&
      (this.#prefixes.count ||
        this.routes.some(
          ({ provider, model, chain }) =>
            provider !== addressed || model !== undefined || chain !== undefined,
        ))
    );
  }

  /**
   * @returns `undefined` if the request stays with the provider that it is addressed to
   * @throws ProxyError `format-not-served`
   */
  find(json: JsonBody, path: string, addressed: Provider): Rerouted | undefined {
    const { members } = json;
    if (!members) return undefined;
    const model = stringMember(json.bytes, members, 'model', MAX_MODEL_BYTES);
    if (model === undefined) return undefined;
    const route = this.#routeOf(model, addressed);
    if (!route) return undefined;
    const chain = route.chain?.serving(path, model);
    const first = chain?.steps[0]?.[0];
    if (first) return { provider: first.provider, json, chain };
    if (route.provider === addressed && route.model === undefined) return undefined;
    const { provider } = inFormatOf(route.provider, path);
    if (!servesPath(provider, path)) {
      if (isChatFormat(path)) throw this.#notServed(route.provider, path);
      return undefined; // of such models a relay may have its own
    }
    return { provider, json: withModel(json, members, route.model) };
  }

  /**
   * Whether the model in the first message of a WebSocket decides where it goes: if another provider serves the path at
   * all, or a model has another name.
   */
  concernSocket(path: string, addressed: Provider): boolean {
    if (!isResponsesPath(path)) return false;
    const serves = (provider: Provider) => servesPath(inFormatOf(provider, path).provider, path);
    return (
      this.#prefixes.some((provider) => provider !== addressed && serves(provider)) ||
      this.routes.some(
        ({ provider, model, chain }) =>
          (provider !== addressed || model !== undefined || chain !== undefined) && serves(provider),
      )
    );
  }

  /**
   * As `find`, for the first message of a WebSocket.
   * @throws ProxyError `websocket-not-served`
   */
  findForMessage(json: JsonBody, path: string, addressed: Provider): Rerouted | undefined {
    const { members } = json;
    const model = members && stringMember(json.bytes, members, 'model', MAX_MODEL_BYTES);
    const route = model === undefined ? undefined : this.#routeOf(model, addressed);
    if (!members || model === undefined || !route) return undefined;
    const chain = route.chain?.serving(path, model, servesSocket);
    const first = chain?.steps[0]?.[0];
    if (first) return { provider: first.provider, json, chain };
    if (route.provider === addressed && !route.chain)
      return { provider: inFormatOf(addressed, path).provider, json: withModel(json, members, route.model) };
    if (!servesSocket(route.provider, path)) throw this.#noSocket(route.provider, path);
    return { provider: route.provider, json: withModel(json, members, route.model) };
  }

  /**
   * Where a WebSocket goes whose query names the model, as the Realtime API has it.
   * @returns `undefined` if it stays with the provider that it is addressed to, under that name
   */
  findForQuery(model: string, path: string, addressed: Provider): ModelAt | undefined {
    const route = this.#routeOf(model, addressed);
    if (!route) return undefined;
    const [first] = route.chain?.serving(path, model, servesSocket)?.steps[0] ?? [];
    if (first) return first;
    if (route.provider !== addressed && !servesSocket(route.provider, path)) return undefined;
    return { provider: route.provider, model: route.model ?? model };
  }

  #routeOf(model: string, addressed: Provider): Omit<ModelRoute, 'matches'> | undefined {
    return this.#first.of(model) ?? this.#prefixes.find(model, addressed);
  }

  #noSocket({ name }: Provider, path: string): ProxyError {
    const others = this.routes
      .map(({ provider }) => provider)
      .filter((provider) => servesSocket(provider, path));
    const where = others.length === 0 ? 'None' : [...new Set(others.map((one) => one.name))].join(', ');
    return new ProxyError('websocket-not-served', {
      detail: `It is of ${name}, which has no ${path} over a WebSocket. Providers with it here: ${where}.`,
    });
  }

  #notServed({ name }: Provider, path: string): ProxyError {
    const others = this.routes
      .filter(({ provider }) => servesPath(inFormatOf(provider, path).provider, path))
      .map(({ provider }) => provider.name);
    const where = others.length === 0 ? 'None' : [...new Set(others)].join(', ');
    return new ProxyError('format-not-served', {
      detail: `This model is of ${name}, which has no ${path} in this format. Providers with it here: ${where}.`,
    });
  }
}

/**
 * Matches models against a pattern with `*` for any characters but a slash; case-sensitive, as the providers are. It
 * never backtracks: the first place where a part fits is as good as any later one, because a slash before the first
 * place is before every later place as well.
 */
export function modelPattern(pattern: string): (model: string) => boolean {
  const [first = '', ...parts] = pattern.split('*');
  const last = parts.pop();
  if (last === undefined) return (model) => model === pattern;
  return (model) => {
    if (model.length > MAX_MODEL_BYTES || !model.startsWith(first) || !model.endsWith(last)) return false;
    let from = first.length;
    for (const part of parts) {
      const at = model.indexOf(part, from);
      if (at === -1 || hasSlash(model, from, at)) return false;
      from = at + part.length;
    }
    const end = model.length - last.length;
    return from <= end && !hasSlash(model, from, end);
  };
}

function hasSlash(text: string, from: number, to: number): boolean {
  const slash = text.indexOf('/', from);
  return slash !== -1 && slash < to;
}

/**
 * The body with another name of the model, if there is one. If it has several `model` members all of them get the same
 * value, so that a provider that reads another member than this proxy still gets the same model.
 */
export function withModel(json: JsonBody, members: readonly Member[], name: string | undefined): JsonBody {
  const counts = memberNamed(members, 'model');
  if (!counts) return json;
  const isOnly = members.find(({ key }) => key === 'model') === counts;
  if (name === undefined && isOnly) return json;
  const { bytes } = json;
  const { start, end } = counts.value;
  const value = name === undefined ? bytes.subarray(start, end) : WRITTEN.of(name);
  if (isOnly) {
    const renamed = Buffer.concat([bytes.subarray(0, start), value, bytes.subarray(end)]);
    return new JsonBody(renamed, moved(members, end, value.length - (end - start)));
  }
  let copied = 0;
  const parts: Buffer[] = [];
  for (const member of members) {
    if (member.key !== 'model') continue;
    parts.push(bytes.subarray(copied, member.value.start), value);
    copied = member.value.end;
  }
  return new JsonBody(Buffer.concat([...parts, bytes.subarray(copied)]));
}

/** Names as they are written in JSON. */
const WRITTEN = new Memo((name: string) => Buffer.from(JSON.stringify(name)));

/** Where the members stand once as many bytes more stand before a position, at which a value ends: no second scan is needed. */
function moved(members: readonly Member[], at: number, by: number): readonly Member[] {
  // Whole objects, of the same form as the scanner's: a copy with changes costs several times as much.
  const span = ({ start, end, members: count }: ObjectSpan): ObjectSpan => ({
    start: start + by,
    end: end + by,
    members: count,
  });
  return members.map((member) => {
    const { key, keyStart, value, elements } = member;
    const { start, end } = value;
    if (end < at) return member;
    if (end === at) return { key, keyStart, value: { start, end: end + by }, elements };
    return {
      key,
      keyStart: keyStart + by,
      value: { start: start + by, end: end + by },
      elements: elements?.map(span),
    };
  });
}
