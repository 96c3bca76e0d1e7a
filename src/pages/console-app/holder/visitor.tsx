import type { ApiError } from '../parts/api';
import { CopyButton } from '../parts/controls';
import { useUi } from '../parts/ui';
import { ChatCard } from './chat-card';
import { Clients } from './clients';
import { SignIn } from './sign-in';

interface VisitorProps {
  readonly isChecking: boolean;
  readonly error: ApiError | undefined;
  readonly keepsToken: boolean;
  readonly onToken: (token: string) => void;
}

/** What everybody may see: how to use the proxy, and nothing of who does. */
export function Visitor(props: VisitorProps) {
  const { texts, page, baseUrl } = useUi();
  const { visitor } = texts;
  return (
    <>
      <section class="hero" aria-labelledby="hero">
        <h1 id="hero">{visitor.heading}</h1>
        <p class="lead">{visitor.intro}</p>
        <div class="hero-grid">
          <div class="card">
            <h2>{visitor.baseUrl}</h2>
            <div class="value big">
              <code>{baseUrl}</code>
              <CopyButton text={baseUrl} what={visitor.baseUrl} />
            </div>
            <p class="soft small">{visitor.baseUrlHint}</p>
          </div>
          <div class="card">
            <h2>{page.needsToken ? visitor.tokenNeeded : visitor.noTokenNeeded}</h2>
            <p class="soft">{page.needsToken ? visitor.tokenNeededHint : visitor.noTokenNeededHint}</p>
            {page.hasSignIn && <SignIn {...props} />}
          </div>
        </div>
      </section>
      <Clients token={undefined} />
      <ChatCard token={undefined} models={[]} />
    </>
  );
}
