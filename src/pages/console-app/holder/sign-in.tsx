import { useState } from 'preact/hooks';
import type { ApiError } from '../parts/api';
import { ErrorBox } from '../parts/boxes';
import { useUi } from '../parts/ui';

interface SignInProps {
  readonly isChecking: boolean;
  readonly error: ApiError | undefined;
  readonly keepsToken: boolean;
  readonly onToken: (token: string) => void;
}

/** No field has a name, so the form itself can never submit a value. */
export function SignIn({ isChecking, error, keepsToken, onToken }: SignInProps) {
  const { texts } = useUi();
  const [entered, setEntered] = useState('');
  return (
    <form
      class="sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        if (entered.trim() !== '') onToken(entered.trim());
      }}
    >
      <label for="token">{texts.signIn.label}</label>
      <div class="row">
        <input
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          aria-describedby="token-hint"
          value={entered}
          onInput={(event) => {
            setEntered(event.currentTarget.value);
          }}
        />
        <button class="main" disabled={isChecking}>
          {isChecking ? texts.signIn.checking : texts.signIn.submit}
        </button>
      </div>
      <p class="soft small" id="token-hint">
        {texts.signIn.hint} {!keepsToken && texts.signIn.noStorage}
      </p>
      {error && <ErrorBox error={error} />}
    </form>
  );
}
