/** What the page Start shows: the words of a visitor, and what came of them. Nothing is kept. */
import type { Packet, Recommendation } from '@craton/policy';
import type { SiteModel } from './models.ts';

/** Names of the fields of the form. */
export type WizardField =
  | 'description'
  | 'preset'
  | 'partner_id'
  | 'unit'
  | 'system_scope'
  | 'allow_up_to'
  | 'constrain_up_to'
  | 'authority_context'
  | 'authority_source'
  | 'none_planned';

/** What was typed; an empty field is absent. */
export type WizardValues = Readonly<Partial<Record<WizardField, string>>>;

export interface WizardModel {
  readonly site: SiteModel;
  readonly values: WizardValues;
  /** There once something was described. */
  readonly recommendation?: Recommendation;
  /** There once a preview was asked for. */
  readonly packet?: Packet;
  /** What was refused; the value at fault is not among the values. */
  readonly problem?: { readonly field?: string; readonly message: string };
}
