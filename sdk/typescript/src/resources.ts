import type { NewResource, NewResourceType } from "insula:scenario/island@0.1.0";

import { Builder } from "./builder";
import type { Clinic } from "./clinic";
import { type ClinicResource, type Thing, thing } from "./entity";
import { create, island, named } from "./host";

/** A kind of room or device. */
export class ResourceType implements Thing<"resource-type"> {
  readonly kind = "resource-type";

  readonly handle: number;

  constructor(handle: number) {
    this.handle = handle;
  }

  /** A new room or device of this type. */
  resource(name: string): ResourceBuilder {
    return new ResourceBuilder(this, name);
  }
}

/** A kind of room or device to be. */
export class ResourceTypeBuilder extends Builder<NewResourceType> {
  constructor(clinic: Clinic, name: string) {
    super({ clinic, name });
  }

  /** Creates it. */
  create(): ResourceType {
    const { handle } = create(() => island.createResourceType(this.new));
    return named(new ResourceType(handle), this.label);
  }
}

/** A room or device to be. */
export class ResourceBuilder extends Builder<NewResource> {
  constructor(resourceType: ResourceType, name: string) {
    super({ resourceType, name });
  }

  /** What the clinic notes about it. */
  description(text: string): this {
    return this.set("description", text);
  }

  /** Creates it. */
  create(): ClinicResource {
    return named(thing("clinic-resource", create(() => island.createResource(this.new))), this.label);
  }
}
