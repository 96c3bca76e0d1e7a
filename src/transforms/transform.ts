import type { JsonBody } from './json-body';

/**
 * A change to a chat request's JSON body. It takes the body and returns a new one, or the very same
 * where there is nothing to do; it never edits in place. What is no JSON, or not of the shape that it looks for,
 * passes untouched: the upstream says what is wrong with it.
 */
export type Transform = (json: JsonBody) => JsonBody;

/** A transform by name, armed by `MESSAGE_TRANSFORMS=name:argument` or always. */
export interface TransformKind {
  readonly name: string;
  /** One sentence for the README. */
  readonly about: string;
  /** Makes the transform from the text after the colon ('' where there is none); undefined where that makes no sense. */
  arm(argument: string): Transform | undefined;
}
