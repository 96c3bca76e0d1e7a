import type { ActionName, Actions } from './actions';
import { ApiError } from './api-error';
import { PARAMETERS, REQUIRED } from './parameters';

/** A kind of parameter without its types, for walking through a request. */
type AnyKind =
  | string
  | readonly string[]
  | { readonly each: AnyKind }
  | { readonly fields: Readonly<Record<string, AnyKind>> };

export function isAction(name: string): name is ActionName {
  return Object.hasOwn(PARAMETERS, name);
}

/** Accepts the parameters of an action, or rejects them as the API does: by name, type and presence. */
export function checkRequest<Name extends ActionName>(
  action: Name,
  parameters: Readonly<Record<string, unknown>>,
): Actions[Name]['request'] {
  for (const name of REQUIRED[action] as readonly string[]) {
    if (parameters[name] === undefined) {
      throw new ApiError('MissingParameter', `The request is missing a required parameter \`${name}\`.`);
    }
  }
  check(parameters, { fields: PARAMETERS[action] }, '');
  return parameters; // every name and type in it has just been compared with the table
}

function check(value: unknown, kind: AnyKind, name: string): void {
  if (kind === 'unsupported') {
    throw new ApiError('UnsupportedOperation', `The local SCF does not know what to do with \`${name}\`.`);
  }
  if (typeof kind === 'string') {
    if (kind === 'integer' ? !Number.isInteger(value) : typeof value !== kind) throw wrongType(name);
  } else if (isList(kind)) {
    if (typeof value !== 'string') throw wrongType(name);
    if (!kind.includes(value)) {
      throw new ApiError(
        'InvalidParameterValue',
        `\`${name}\` is "${value}", not one of: ${kind.join(', ')}.`,
      );
    }
  } else if ('each' in kind) {
    if (!Array.isArray(value)) throw wrongType(name);
    for (const [index, item] of value.entries()) check(item, kind.each, `${name}.${index}`);
  } else {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(name);
    for (const [key, item] of Object.entries(value)) {
      const path = name === '' ? key : `${name}.${key}`;
      const field = Object.hasOwn(kind.fields, key) ? kind.fields[key] : undefined;
      if (!field) throw new ApiError('UnknownParameter', `The parameter \`${path}\` is not recognized.`);
      check(item, field, path);
    }
  }
}

/** Array.isArray does not narrow a readonly array. */
function isList(kind: AnyKind): kind is readonly string[] {
  return Array.isArray(kind);
}

function wrongType(name: string): ApiError {
  return new ApiError('InvalidParameter', `The value type of parameter \`${name}\` is not valid.`);
}
