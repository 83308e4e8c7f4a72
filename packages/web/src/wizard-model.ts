/** What the page Start shows: the words of a visitor, and what came of them. Nothing is kept. */
import type { Packet, Recommendation } from '@craton/policy';
import type { JsonObject } from '@craton/protocol';
import type { SiteModel } from './models.ts';
import type { TriedRequest } from './plan-form-model.ts';

/** One question each, in their order; `pattern` and `limits` only where there is a choice. */
export type WizardScreen =
  'action' | 'pattern' | 'scope' | 'limits' | 'authority' | 'moves' | 'review';

/** Places for expansion moves; more of them go into the draft by command or API. */
export type MoveNumber = 1 | 2 | 3;

/** Names of the fields of the forms. */
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
  | 'platform_owner'
  | 'none_planned'
  | `move_${MoveNumber}_type`
  | `move_${MoveNumber}_member`
  | `move_${MoveNumber}_value`
  | 'title'
  | 'draft_id'
  | 'revision';

/** What was typed; an empty field is absent. */
export type WizardValues = Readonly<Partial<Record<WizardField, string>>>;

/** Instructions for calling the boundary: placeholders, never a key. */
export interface AccessInstructions {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly required_fields: readonly string[];
  readonly example_request: JsonObject;
  readonly curl: string;
}

/** A draft of the person who has signed in. */
export interface OwnDraft {
  readonly draftId: string;
  readonly title: string;
  readonly version: number;
  /** `YYYY-MM-DDTHH:MM:SS.mmmZ` */
  readonly changedAt: string;
}

/** What was refused; the value at fault is not among the values. */
export interface FormProblem {
  /** Name of a field of the form, where one is at fault. */
  readonly field?: string;
  readonly message: string;
}

export interface WizardModel {
  readonly site: SiteModel;
  readonly screen: WizardScreen;
  readonly values: WizardValues;
  /** There once something was described. */
  readonly recommendation?: Recommendation;
  /** There once a preview was asked for. */
  readonly packet?: Packet;
  readonly access?: AccessInstructions;
  /** There once a request was typed below the examples. */
  readonly tried?: TriedRequest;
  readonly problem?: FormProblem;
  /** Name of the person who has signed in with a key. */
  readonly person?: string;
  /** The newest draft of that person. */
  readonly latest?: OwnDraft;
  /** False while drafts have no store: then nothing can be saved, and everything else works. */
  readonly canSave: boolean;
}
