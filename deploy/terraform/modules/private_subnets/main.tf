# Private subnets: out through the NAT gateway, and nothing in. The NAT gateway gives no way in, whatever the rules say.

locals {
  index_of  = { for index, subnet in var.public_subnets : subnet.zone => index }
  nat_zones = var.nat_gateway_per_zone ? keys(local.index_of) : [var.public_subnets[0].zone]
}

resource "aws_subnet" "private" {
  for_each = local.index_of

  vpc_id                  = var.vpc_id
  availability_zone       = each.key
  cidr_block              = cidrsubnet(var.vpc_cidr, 8, 2 + 2 * each.value)
  map_public_ip_on_launch = false

  tags = { Name = "${var.name_prefix}-private-${each.key}" }
}

resource "aws_eip" "nat" {
  # checkov:skip=CKV2_AWS_19:It belongs to the NAT gateway below, which is no instance.
  for_each = toset(local.nat_zones)

  domain = "vpc"

  tags = { Name = "${var.name_prefix}-nat-${each.key}" }
}

resource "aws_nat_gateway" "this" {
  for_each = aws_eip.nat

  subnet_id     = var.public_subnets[local.index_of[each.key]].id
  allocation_id = each.value.id

  tags = { Name = "${var.name_prefix}-${each.key}" }
}

resource "aws_route_table" "private" {
  for_each = aws_subnet.private

  vpc_id = var.vpc_id

  tags = { Name = "${var.name_prefix}-private-${each.key}" }
}

resource "aws_route" "nat" {
  for_each = aws_route_table.private

  route_table_id         = each.value.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[var.nat_gateway_per_zone ? each.key : local.nat_zones[0]].id
}

resource "aws_route_table_association" "private" {
  for_each = aws_subnet.private

  subnet_id      = each.value.id
  route_table_id = aws_route_table.private[each.key].id
}
