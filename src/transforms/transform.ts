import type { JsonBody } from '../json/json-body';

/**
 * A change to a chat request's JSON body. Returns a new body, or the same one if there is nothing to change; it never
 * edits in place. A body that is not JSON, or not of the expected shape, passes unchanged: the upstream reports the error.
 */
export type Transform = (json: JsonBody) => JsonBody;

/** A transform by name, armed by `MESSAGE_TRANSFORMS=name:argument` or by a rule. */
export interface TransformKind {
  readonly name: string;
  /** One sentence for docs/configuration.md. */
  readonly about: string;
  /** Makes the transform from the text after the colon ('' if there is none); `undefined` if it is not valid. */
  arm(argument: string): Transform | undefined;
}
