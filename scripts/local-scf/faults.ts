import { ApiError } from './api-error';
import { ExchangeError, type ExchangeErrorCode } from './exchange';

interface Drop {
  /** How many calls of its action pass before it. */
  left: number;
  readonly when: 'before' | 'after';
}

/** Faults that a test requests. */
export class Faults {
  readonly #errors = new Map<string, ApiError[]>();
  readonly #drops = new Map<string, Drop>();
  readonly #requests: ExchangeError[] = [];
  readonly #creations: string[] = [];

  failNext(action: string, code: string, message: string): void {
    this.#errors.set(action, [...(this.#errors.get(action) ?? []), new ApiError(code, message)]);
  }

  /** For what cannot be brought about here, such as a function that needs more memory than it has. */
  failNextRequest(code: ExchangeErrorCode, message: string): void {
    this.#requests.push(new ExchangeError(code, message));
  }

  failNextCreation(reason: string): void {
    this.#creations.push(reason);
  }

  nextRequest(): ExchangeError | undefined {
    return this.#requests.shift();
  }

  /** Why the function that is being created ends in CreateFailed. */
  nextCreation(): string | undefined {
    return this.#creations.shift();
  }

  dropCall(action: string, n: number, when: 'before' | 'after'): void {
    this.#drops.set(action, { left: n, when });
  }

  /** Counts a call, and returns its fault. */
  next(action: string): {
    readonly drop: 'before' | 'after' | undefined;
    readonly error: ApiError | undefined;
  } {
    const drop = this.#drop(action);
    // A call that is lost on its way does not reach the error.
    return { drop, error: drop === 'before' ? undefined : this.#errors.get(action)?.shift() };
  }

  #drop(action: string): 'before' | 'after' | undefined {
    const drop = this.#drops.get(action);
    if (!drop || drop.left-- > 0) return undefined;
    this.#drops.delete(action);
    return drop.when;
  }
}
