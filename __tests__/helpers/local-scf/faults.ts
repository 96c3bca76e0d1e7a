import { ApiError } from './api-error';

/** What goes wrong on demand. */
export class Faults {
  readonly #errors = new Map<string, ApiError[]>();
  readonly #drops = new Map<number, 'before' | 'after'>();
  #arrived = 0;

  failNext(action: string, code: string, message: string): void {
    this.#errors.set(action, [...(this.#errors.get(action) ?? []), new ApiError(code, message)]);
  }

  dropCall(n: number, when: 'before' | 'after'): void {
    this.#drops.set(this.#arrived + n, when);
  }

  /** Counts a call, and tells what befalls it. */
  next(action: string): {
    readonly drop: 'before' | 'after' | undefined;
    readonly error: ApiError | undefined;
  } {
    const drop = this.#drops.get(this.#arrived);
    this.#drops.delete(this.#arrived++);
    // A call that is lost on its way never meets the error.
    return { drop, error: drop === 'before' ? undefined : this.#errors.get(action)?.shift() };
  }
}
