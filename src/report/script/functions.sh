# ---- what the calls below are made of ----

fail() {
  printf 'collect: %s\n' "$1" >&2
  exit 2
}

# Something stays untold; the rest goes on.
left_out() {
  printf 'collect: left out: %s\n' "$1" >&2
  incomplete=1
}

cli() {
  if [ -n "$profile" ]; then
    aws --profile "$profile" "$@" </dev/null
  else
    aws "$@" </dev/null
  fi
}

# ask COMMAND...: what AWS answers goes into $answer.
ask() {
  if ! answer=$(cli "$@" --output json 2>"$work/error"); then
    return 1
  fi
  [ -n "$answer" ] || answer=null
}

# The same as words: nothing for null.
ask_text() {
  if ! answer=$(cli "$@" --output text 2>"$work/error"); then
    return 1
  fi
  if [ "$answer" = None ]; then
    answer=
  fi
}

# refused CODE: whether AWS refused the last call with this error.
refused() {
  grep -q "($1)" "$work/error"
}

# The first line of what AWS said of the last call.
said() {
  sed -n '/./{p;q;}' "$work/error"
}

# plain TEXT: whether a name that AWS answered can stand between quotes in JSON and in a path.
plain() {
  case $1 in
    '' | . | .. | *[!A-Za-z0-9+=,.@_:/-]*) return 1 ;;
  esac
}

# begin FILE: false where the file is there and FORCE=1 does not say to replace it.
begin() {
  file=$out/$1
  if [ -e "$file" ] && [ "${FORCE:-}" != 1 ]; then
    printf 'collect: %s is there: it is kept, FORCE=1 replaces it\n' "$file" >&2
    return 1
  fi
  : >"$work/file"
}

text() {
  printf '%s' "$1" >>"$work/file"
}

# The file appears only when it is whole.
finish() {
  printf '\n' >>"$work/file"
  mkdir -p "$(dirname "$file")"
  mv -f "$work/file" "$file"
  printf 'collect: %s\n' "$file" >&2
}

# member NAME ERROR INSTEAD COMMAND...: one more member of an object. Where AWS answers with this error there is
# no such setting, and INSTEAD says what then holds. What cannot be read is left out.
member() {
  member_name=$1
  member_error=$2
  member_instead=$3
  shift 3
  if ask "$@"; then
    :
  elif [ -n "$member_error" ] && refused "$member_error"; then
    answer=$member_instead
  else
    left_out "$member_name in $file: $(said)"
    return 0
  fi
  text "$(printf ',\n  "%s": %s' "$member_name" "$answer")"
}

# enter ACCOUNT PROFILE: whether the credentials are those of the account.
enter() {
  account=$1
  profile=$2
  if ! ask_text sts get-caller-identity --query Account; then
    left_out "account $account: $(said)"
    return 1
  fi
  if [ "$answer" != "$account" ]; then
    left_out "account $account: these credentials are of account $answer; set PROFILE_$account to a profile of it"
    return 1
  fi
}

# enter_any PROFILE: whichever account the credentials are of.
enter_any() {
  profile=$1
  if ! ask_text sts get-caller-identity --query Account; then
    left_out "what needs the profile '$1': $(said)"
    return 1
  fi
  account=$answer
  plain "$account" || fail 'the answer to sts get-caller-identity is not an account id'
}

# ---- IAM ----

# begin_identities: opens the file of an account's identities; roles and policies follow.
begin_identities() {
  begin "accounts/$account/gaad.json" || return 1
  policies=
  separator=
  gathered=
  text '{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": ['
}

# role NAME: the role with everything it has, or nothing of it.
role() {
  if ! ask iam get-role --role-name "$1" --query Role; then
    left_out "role $1: $(said)"
    return 0
  fi
  role=${answer%\}}
  if ! ask_text iam get-role --role-name "$1" --query Role.PermissionsBoundary.PermissionsBoundaryArn; then
    left_out "role $1: $(said)"
    return 0
  fi
  role_policies=$answer
  if ! ask_text iam list-role-policies --role-name "$1" --query 'PolicyNames[]'; then
    left_out "role $1: $(said)"
    return 0
  fi
  inline=
  comma=
  for name in $answer; do
    if ! ask iam get-role-policy --role-name "$1" --policy-name "$name" \
      --query '{PolicyName: PolicyName, PolicyDocument: PolicyDocument}'; then
      left_out "role $1: $(said)"
      return 0
    fi
    inline=$inline$comma$answer
    comma=', '
  done
  if ! ask iam list-attached-role-policies --role-name "$1" --query 'AttachedPolicies[]'; then
    left_out "role $1: $(said)"
    return 0
  fi
  attached=$answer
  if ! ask_text iam list-attached-role-policies --role-name "$1" --query 'AttachedPolicies[].PolicyArn'; then
    left_out "role $1: $(said)"
    return 0
  fi
  policies="$policies $role_policies $answer"
  text "$separator"
  text "$role, \"RolePolicyList\": [$inline], \"AttachedManagedPolicies\": $attached}"
  separator=', '
  gathered=yes
}

# policy ARN: a managed policy, whoever has it.
policy() {
  policies="$policies $1"
}

# The documents of the policies above, and of all that the roles above have; closes the file.
managed_policies() {
  text '], "Policies": ['
  separator=
  seen=' '
  for arn in $policies; do
    case $seen in
      *" $arn "*) continue ;;
    esac
    seen="$seen$arn "
    plain "$arn" || continue
    if ! ask_text iam get-policy --policy-arn "$arn" --query Policy.DefaultVersionId; then
      left_out "policy $arn: $(said)"
      continue
    fi
    version=$answer
    if ! ask iam get-policy-version --policy-arn "$arn" --version-id "$version" --query PolicyVersion; then
      left_out "policy $arn: $(said)"
      continue
    fi
    text "$separator"
    text "$(printf '{"PolicyName": "%s", "Arn": "%s", "DefaultVersionId": "%s", "PolicyVersionList": [%s]}' \
      "${arn##*/}" "$arn" "$version" "$answer")"
    separator=', '
    gathered=yes
  done
  text ']}'
  [ -z "$gathered" ] || finish
}

# role_details NAME: trust policy, boundary and tags of a role whose policies are known.
role_details() {
  begin "accounts/$account/roles/$1.json" || return 0
  if ! ask iam get-role --role-name "$1"; then
    left_out "role $1: $(said)"
    return 0
  fi
  text "$answer"
  finish
}

# Users, groups, roles and policies of the whole account.
all_identities() {
  begin "accounts/$account/gaad.json" || return 0
  if ! ask iam get-account-authorization-details; then
    left_out "users, roles and policies of account $account: $(said)"
    return 0
  fi
  text "$answer"
  finish
}

# ---- KMS ----

# key REGION KEY FACT...: KEY is an ARN, an id or an alias.
key() {
  key_region=$1
  key_name=$2
  shift 2
  if ! ask_text kms describe-key --region "$key_region" --key-id "$key_name" --query KeyMetadata.KeyId; then
    left_out "key $key_name: $(said)"
    return 0
  fi
  key_id=$answer
  case $key_id in
    '' | *[!A-Za-z0-9-]*) fail "the id of $key_name is not a key id" ;;
  esac
  for fact in "$@"; do
    if [ "$fact" = tags ]; then
      key_tags
    fi
  done
  if [ "$*" = tags ]; then
    return 0
  fi
  begin "accounts/$account/kms/$key_id.json" || return 0
  if ! ask kms describe-key --region "$key_region" --key-id "$key_name" --query KeyMetadata; then
    left_out "key $key_name: $(said)"
    return 0
  fi
  text "$(printf '{\n  "KeyMetadata": %s' "$answer")"
  for fact in "$@"; do
    case $fact in
      policy)
        text "$(printf ',\n  "PolicyName": "default"')"
        member Policy '' '' kms get-key-policy --region "$key_region" --key-id "$key_id" \
          --policy-name default --query Policy
        ;;
      grants)
        member Grants '' '' kms list-grants --region "$key_region" --key-id "$key_id" --query 'Grants[]'
        ;;
      aliases)
        member Aliases '' '' kms list-aliases --region "$key_region" --key-id "$key_id" --query 'Aliases[]'
        ;;
    esac
  done
  text "$(printf '\n}')"
  finish
}

key_tags() {
  begin "accounts/$account/kms/$key_id/list-resource-tags.json" || return 0
  if ! ask kms list-resource-tags --region "$key_region" --key-id "$key_id" --query '{Tags: Tags[]}'; then
    left_out "tags of $key_name: $(said)"
    return 0
  fi
  text "$answer"
  finish
}

# Every key of every Region that is enabled.
all_keys() {
  if ! ask_text ec2 describe-regions --query 'Regions[].RegionName'; then
    left_out "keys of account $account: $(said)"
    return 0
  fi
  for each_region in $answer; do
    if ! ask_text kms list-keys --region "$each_region" --query 'Keys[].KeyId'; then
      left_out "keys of account $account in $each_region: $(said)"
      continue
    fi
    for each_key in $answer; do
      plain "$each_key" || continue
      key "$each_region" "$each_key" policy grants aliases
    done
  done
}

# ---- S3 ----

# find_bucket NAME: its Region goes into $bucket_region. AWS answers only where the account owns the bucket.
find_bucket() {
  if ! ask_text s3api get-bucket-location --bucket "$1" --expected-bucket-owner "$account" \
    --query LocationConstraint; then
    left_out "bucket $1, asked for with credentials of account $account: $(said)"
    return 1
  fi
  case $answer in
    '') bucket_region=us-east-1 ;;
    EU) bucket_region=eu-west-1 ;;
    *) bucket_region=$answer ;;
  esac
  plain "$bucket_region" || fail "the Region of the bucket $1 is not a Region"
}

# setting MEMBER ERROR INSTEAD OPERATION: one of the settings of the bucket.
setting() {
  member "$1" "$2" "$3" s3api "$4" --bucket "$bucket" --expected-bucket-owner "$account" \
    --region "$bucket_region" --query "$1"
}

# bucket NAME FACT...
bucket() {
  bucket=$1
  shift
  begin "accounts/$account/s3/$bucket.json" || return 0
  find_bucket "$bucket" || return 0
  owners="$owners $account"
  text "$(printf '{\n  "Name": "%s",\n  "Account": "%s",\n  "Region": "%s"' "$bucket" "$account" "$bucket_region")"
  for fact in "$@"; do
    case $fact in
      policy)
        setting Policy NoSuchBucketPolicy null get-bucket-policy
        ;;
      encryption)
        # Without a setting of its own S3 encrypts with SSE-S3.
        setting ServerSideEncryptionConfiguration ServerSideEncryptionConfigurationNotFoundError \
          '{"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}' get-bucket-encryption
        ;;
      ownership)
        # Without a setting of its own ACLs are in force.
        setting OwnershipControls OwnershipControlsNotFoundError \
          '{"Rules": [{"ObjectOwnership": "ObjectWriter"}]}' get-bucket-ownership-controls
        ;;
      public_access_block)
        setting PublicAccessBlockConfiguration NoSuchPublicAccessBlockConfiguration "$unblocked" \
          get-public-access-block
        ;;
    esac
  done
  text "$(printf '\n}')"
  finish
}

unblocked='{"BlockPublicAcls": false, "IgnorePublicAcls": false, "BlockPublicPolicy": false, "RestrictPublicBuckets": false}'

# bucket_details NAME FACT...: tags, and settings that few answers need, in a directory of the bucket's name.
bucket_details() {
  bucket=$1
  shift
  find_bucket "$bucket" || return 0
  for fact in "$@"; do
    case $fact in
      abac)
        operation=get-bucket-abac
        error=
        instead=
        ;;
      request_payment)
        operation=get-bucket-request-payment
        error=
        instead=
        ;;
      *)
        operation=get-bucket-tagging
        error=NoSuchTagSet
        instead='{"TagSet": []}'
        ;;
    esac
    begin "accounts/$account/s3/$bucket/$operation.json" || continue
    if ask s3api "$operation" --bucket "$bucket" --expected-bucket-owner "$account" --region "$bucket_region"; then
      :
    elif [ -n "$error" ] && refused "$error"; then
      answer=$instead
    else
      left_out "$operation of bucket $bucket: $(said)"
      continue
    fi
    text "$answer"
    finish
  done
}

# object BUCKET KEY FILE JSON: what HeadObject says; JSON are the members that name the object.
object() {
  begin "accounts/$account/s3/$1/$3" || return 0
  find_bucket "$1" || return 0
  # Metadata of its own that an object has is nobody's business.
  if ! ask s3api head-object --bucket "$1" --key="$2" --expected-bucket-owner "$account" \
    --region "$bucket_region" --query "$head"; then
    left_out "object s3://$1/$2: $(said)"
    return 0
  fi
  text "{$4,"
  text "${answer#\{}"
  finish
}

head='{ETag: ETag, ServerSideEncryption: ServerSideEncryption, SSEKMSKeyId: SSEKMSKeyId'
head="$head, BucketKeyEnabled: BucketKeyEnabled, SSECustomerAlgorithm: SSECustomerAlgorithm"
head="$head, StorageClass: StorageClass, Restore: Restore}"

all_buckets() {
  if ! ask_text s3api list-buckets --query 'Buckets[].Name'; then
    left_out "buckets of account $account: $(said)"
    return 0
  fi
  for each_bucket in $answer; do
    case $each_bucket in
      .* | *[!A-Za-z0-9._-]*) continue ;;
    esac
    bucket "$each_bucket" policy encryption ownership public_access_block
  done
}

account_public_access_block() {
  begin "accounts/$account/public-access-block.json" || return 0
  if ask s3control get-public-access-block --account-id "$account"; then
    :
  elif refused NoSuchPublicAccessBlockConfiguration; then
    answer="{\"PublicAccessBlockConfiguration\": $unblocked}"
  else
    left_out "Block Public Access of account $account: $(said)"
    return 0
  fi
  text "$answer"
  finish
}

# ---- VPC endpoints ----

# endpoint REGION ID
endpoint() {
  begin "accounts/$account/ec2/$2.json" || return 0
  if ! ask ec2 describe-vpc-endpoints --region "$1" --vpc-endpoint-ids "$2"; then
    left_out "VPC endpoint $2: $(said)"
    return 0
  fi
  text "$answer"
  finish
}

# ---- Organizations ----

# organization ACCOUNT...: where these accounts and the owners of the buckets above are, and what is attached on the
# way from the root to each.
organization() {
  begin org.json || return 0
  if ! ask organizations describe-organization --query Organization; then
    if refused AWSOrganizationsNotInUseException; then
      left_out "organization: account $account is in none. Say so in decryptable.toml: [[account]] with organization = \"none\""
    else
      left_out "organization: $(said)"
    fi
    return 0
  fi
  described=$answer
  if ! ask organizations list-roots --query 'Roots[]'; then
    left_out "organization: $(said)"
    return 0
  fi
  roots=$answer
  accounts=
  units=
  targets=' '
  for child in "$@" $owners; do
    case $targets in
      *" $child "*) continue ;;
    esac
    way=
    while :; do
      case $targets in
        *" $child "*) break ;;
      esac
      plain "$child" || fail 'the answer to organizations list-parents is not an id'
      way="$way $child"
      targets="$targets$child "
      case $child in
        r-*) break ;;
      esac
      if ! ask_text organizations list-parents --child-id "$child" --query 'Parents[0].Id'; then
        left_out "organization: where $child is: $(said)"
        return 0
      fi
      parent=$answer
      plain "$parent" || fail "the parent of $child is not known"
      entry=$(printf '{"Id": "%s", "ParentId": "%s"}' "$child" "$parent")
      case $child in
        ou-*) units="$units${units:+, }$entry" ;;
        *) accounts="$accounts${accounts:+, }$entry" ;;
      esac
      child=$parent
    done
  done
  attachments=
  known=' '
  documents=
  for target in $targets; do
    ids=
    for type in SERVICE_CONTROL_POLICY RESOURCE_CONTROL_POLICY; do
      if ! ask_text organizations list-policies-for-target --target-id "$target" --filter "$type" \
        --query 'Policies[].Id'; then
        if refused PolicyTypeNotEnabledException; then
          continue
        fi
        left_out "organization: policies of $target: $(said)"
        return 0
      fi
      for id in $answer; do
        plain "$id" || fail "a policy of $target has no id"
        ids="$ids${ids:+, }\"$id\""
        case $known in
          *" $id "*) continue ;;
        esac
        known="$known$id "
        if ! ask organizations describe-policy --policy-id "$id" --query Policy; then
          left_out "organization: policy $id: $(said)"
          return 0
        fi
        documents="$documents${documents:+,
}$answer"
      done
    done
    attachments="$attachments${attachments:+, }$(printf '{"TargetId": "%s", "PolicyIds": [%s]}' "$target" "$ids")"
  done
  text "$(printf '{\n"Organization": %s,\n"Roots": %s,\n"OrganizationalUnits": [%s],\n"Accounts": [%s],\n"Policies": [%s],\n"Attachments": [%s]\n}' \
    "$described" "$roots" "$units" "$accounts" "$documents" "$attachments")"
  finish
}

# ---- what to gather ----

