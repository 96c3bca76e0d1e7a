import { useState } from 'preact/hooks';
import { Card } from '../parts/boxes';
import { CopyButton } from '../parts/controls';
import { useUi } from '../parts/ui';
import { QrCode } from './qr-code';

/** The token, and this page on another device. Both are hidden until they are asked for. */
export function KeyAndPhone({ token }: { readonly token: string }) {
  const { texts, baseUrl } = useUi();
  const { clients, common } = texts;
  const [seesKey, setSeesKey] = useState(false);
  const [seesCode, setSeesCode] = useState(false);
  return (
    <div class="two">
      <Card title={clients.key} id="key-card" hint={clients.keyHint}>
        <div class="value big">
          <code>{seesKey ? token : `${token.slice(0, 4)}${'•'.repeat(12)}`}</code>
          <button
            type="button"
            onClick={() => {
              setSeesKey(!seesKey);
            }}
          >
            {seesKey ? common.hide : common.show}
          </button>
          <CopyButton text={token} what={clients.key} />
        </div>
        <div class="value big">
          <code>{baseUrl}</code>
          <CopyButton text={baseUrl} what={texts.visitor.baseUrl} />
        </div>
      </Card>
      <Card title={clients.qr} id="qr-card" hint={clients.qrHint}>
        {seesCode ? (
          <QrCode text={`${baseUrl}/#${token}`} label={clients.qrLabel} />
        ) : (
          <button
            type="button"
            onClick={() => {
              setSeesCode(true);
            }}
          >
            {clients.qrShow}
          </button>
        )}
      </Card>
    </div>
  );
}
