import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { PageData } from '../../index-page/loader';
import type { Language } from '../../index-page/texts';
import type { AppTexts } from '../texts/en';
import type { Format } from '../texts/format';
import type { Access } from './api';

/** What every view of the page needs. */
export interface Ui {
  readonly language: Language;
  readonly texts: AppTexts;
  readonly format: Format;
  readonly access: Access;
  readonly page: PageData;
  /** A client's base URL: the address that this page was loaded from. */
  readonly baseUrl: string;
  /** Tells a person with a screen reader, and shows it for a moment. */
  readonly announce: (text: string) => void;
}

export const UiContext = createContext<Ui | undefined>(undefined);

export function useUi(): Ui {
  const ui = useContext(UiContext);
  if (!ui) throw new Error('A view stands outside the page.');
  return ui;
}
