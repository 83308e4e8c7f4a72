/** Which screen of Start comes next. Nothing is kept between two of them but what the form holds. */
import { findPreset } from '@craton/policy';
import type { WizardScreen, WizardValues } from '@craton/web';

const SCREENS: readonly WizardScreen[] = [
  'action',
  'pattern',
  'scope',
  'limits',
  'authority',
  'moves',
  'review',
];

export function parseScreen(text: string | undefined): WizardScreen {
  return SCREENS.find((screen) => screen === text) ?? 'action';
}

/** Whether there is a question to ask. */
function isAsked(screen: WizardScreen, values: WizardValues): boolean {
  if (screen === 'pattern') return values.description !== undefined;
  if (screen === 'limits') return findPreset(values.preset ?? '')?.measure !== undefined;
  return true;
}

/** `go`: `next`, `back`, or the name of a screen. */
export function screenAfter(
  from: WizardScreen,
  go: string | undefined,
  values: WizardValues,
): WizardScreen {
  const place = SCREENS.indexOf(from);
  if (go === 'back') {
    return SCREENS.slice(0, place).findLast((screen) => isAsked(screen, values)) ?? 'action';
  }
  const named = SCREENS.findIndex((screen) => screen === go);
  // A pattern that somebody chose by name needs no suggestion.
  const isChosen = from === 'action' && values.preset !== undefined;
  const later = SCREENS.slice(named >= 0 ? named : place + 1);
  const asked = later.filter((screen) => !(isChosen && screen === 'pattern'));
  return asked.find((screen) => isAsked(screen, values)) ?? 'review';
}
