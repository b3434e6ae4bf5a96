# Sourced: finds the real Kerases' Pythons (HORNBEAM_TF22_PYTHON, HORNBEAM_TF215_PYTHON, HORNBEAM_KERAS3_PYTHON) and
# HORNBEAM_CLIENTS_PYTHON, those that scripts/install_keras.sh made for this clone too; first makes them when
# HORNBEAM_INSTALL_KERAS is set.
[ -z "${HORNBEAM_INSTALL_KERAS:-}" ] || scripts/install_keras.sh
[ ! -f build/keras/pythons.sh ] || . build/keras/pythons.sh
